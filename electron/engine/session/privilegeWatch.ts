import { type Clock, every } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import type { PrivilegeTree } from '../../../shared/model/privileges.ts';
import { permissionsAnswer } from '../api/schemas.ts';
import type { ClusterSession } from './clusterSession.ts';
import { withNodes } from './nodePrivileges.ts';
import type { SessionService } from './sessionService.ts';

const AGAIN_MS = 300_000; // privileges change seldom; a refusal asks at once
const LOOK_MS = 5_000;
const LEAST_APART_MS = 10_000; // refusals come in crowds

export interface PrivilegeChange {
  readonly clusterId: string;
  /** Undefined: not known, so everything is offered. */
  readonly tree: PrivilegeTree | undefined;
}

interface Known {
  tree: PrivilegeTree | undefined;
  text: string;
  askedAtMs: number;
  wasIn: boolean;
  isAsking: boolean;
  refusals: number;
  nodes: readonly string[];
}

/** What the signed-in user may do in each cluster: asked after a sign-in, every 5 minutes, and after a refusal. */
export class PrivilegeWatch implements Disposable {
  readonly #clock: Clock;
  readonly #sessions: SessionService;
  readonly #known = new Map<string, Known>();
  readonly #changed = new Emitter<PrivilegeChange>();
  readonly #store = new DisposableStore();

  readonly onChanged = this.#changed.event;

  constructor(sessions: SessionService, clock: Clock) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#store.add(sessions.onChanged(() => this.#look()));
    this.#store.add(sessions.onRemoved(({ id }) => this.#known.delete(id)));
    this.#store.add(every(clock, LOOK_MS, () => this.#look()));
    this.#look();
  }

  /** Of each cluster that has told. */
  full(): PrivilegeChange[] {
    return [...this.#known].map(([clusterId, { tree }]) => ({ clusterId, tree }));
  }

  tree(clusterId: string): PrivilegeTree | undefined {
    return this.#known.get(clusterId)?.tree;
  }

  dispose(): void {
    this.#store.dispose();
    this.#changed.dispose();
  }

  #look(): void {
    for (const session of this.#sessions.all()) {
      const known = this.#known.get(session.id) ?? this.#begin(session.id);
      const isIn = session.state === 'signed-in';
      if (session.state === 'signed-out') this.#take(session.id, known, undefined);
      const isNew = isIn && !known.wasIn;
      known.wasIn = isIn;
      if (!isIn || known.isAsking) continue;
      const ageMs = this.#clock.nowMs() - known.askedAtMs;
      const wasRefused = session.refusals !== known.refusals && ageMs >= LEAST_APART_MS;
      const nodes = (session.record.nodes ?? []).map(({ name }) => name);
      const isLarger = nodes.some((name) => !known.nodes.includes(name)); // told a moment after the sign-in
      known.nodes = nodes;
      if (isNew || isLarger || wasRefused || ageMs >= AGAIN_MS) void this.#ask(session, known);
    }
  }

  #begin(clusterId: string): Known {
    const known = { tree: undefined, text: '', askedAtMs: 0, wasIn: false, isAsking: false, refusals: 0, nodes: [] };
    this.#known.set(clusterId, known);
    return known;
  }

  async #ask(session: ClusterSession, known: Known): Promise<void> {
    known.isAsking = true;
    known.askedAtMs = this.#clock.nowMs();
    known.refusals = session.refusals;
    try {
      const { api, product } = session;
      const listed = await api.get('/access/permissions', permissionsAnswer, { isBackground: true });
      const tree = product === 'pve' ? await withNodes(api, listed, known.nodes) : listed;
      if (this.#known.get(session.id) === known) this.#take(session.id, known, tree);
    } catch (error) {
      // Not known: everything is offered, and the server says itself what it refuses.
      const { code } = AppError.from(error);
      if (code === 'forbidden' || code === 'unsupported') this.#take(session.id, known, undefined);
    } finally {
      known.isAsking = false;
    }
  }

  #take(clusterId: string, known: Known, tree: PrivilegeTree | undefined): void {
    const text = tree ? JSON.stringify(tree) : '';
    if (text === known.text) return;
    known.tree = tree;
    known.text = text;
    this.#changed.fire({ clusterId, tree });
  }
}
