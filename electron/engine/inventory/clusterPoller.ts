import * as z from 'zod/mini';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { Backoff } from '../../../shared/flow/backoff.ts';
import type { Guest, InventoryChange, Node } from '../../../shared/model/inventory.ts';
import { resourcesAnswer, versionAnswer } from '../api/schemas.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { diffSnapshots, fullChange } from './diff.ts';
import { managedAnswer, readManaged } from './readManaged.ts';
import { emptySnapshot, readResources, type Snapshot } from './readResources.ts';

const WATCHED_MS = 3_000; // the server's own web interface asks as often
const UNWATCHED_MS = 30_000; // nobody looks: enough to notice that a cluster is gone
const SPARE = 10; // at most a tenth of the time is spent on asking
const POLL_TIMEOUT_MS = 15_000;
const SEEK_TIMEOUT_MS = 5_000; // a node that does not answer by then is not asked to start something either

/** What went wrong when the server itself can't be reached or does not answer. */
const unreachableCodes = ['timeout', 'refused', 'unreachable', 'name-not-found', 'reset', 'tls'];

/** Knows the nodes and guests of one cluster and says what changes. */
export class ClusterPoller implements Disposable {
  readonly #session: ClusterSession;
  readonly #clock: Clock;
  readonly #changed = new Emitter<InventoryChange>();
  readonly #store = new DisposableStore();
  readonly #backoff = new Backoff({ firstMs: 1_000, maxMs: 30_000 });
  readonly #abort = new AbortController();
  #snapshot: Snapshot = emptySnapshot;
  #timer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #isWatched = false;
  #isAsleep = false;
  #tookMs = 0;

  readonly onChanged = this.#changed.event;

  constructor(session: ClusterSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    let wasActive = false;
    const follow = () => {
      if (session.isActive && !wasActive) void this.nudge();
      wasActive = session.isActive;
    };
    this.#store.add(session.onChanged(follow));
    follow();
  }

  full(): InventoryChange {
    return fullChange(this.#session.id, this.#snapshot);
  }

  guest(guestId: string): Guest | undefined {
    return this.#snapshot.guests.get(guestId);
  }

  node(name: string): Node | undefined {
    return this.#snapshot.nodes.get(name);
  }

  /** Somebody looks, or nobody does. */
  setWatched(isWatched: boolean): void {
    if (this.#isWatched === isWatched) return;
    this.#isWatched = isWatched;
    if (isWatched) void this.nudge();
  }

  setAsleep(isAsleep: boolean): void {
    this.#isAsleep = isAsleep;
    this.#timer?.dispose();
    if (isAsleep) return;
    this.#backoff.reset();
    void this.nudge();
  }

  /** Asks now, and once more when it is asking already: something may have changed since. Never rejects. */
  async nudge(): Promise<void> {
    this.#timer?.dispose();
    if (this.#running) {
      this.#again = true;
      return await this.#running;
    }
    this.#running = this.#pollAll();
    await this.#running;
  }

  /** Asks every other node that is up whether it has the guest now. Never rejects. */
  async seek(guest: Guest): Promise<Guest | undefined> {
    if (guest.remote !== undefined) return undefined; // its manager looks for it itself
    const { type, vmid } = guest;
    const others = [...this.#snapshot.nodes.values()].filter(
      ({ name, state }) => name !== guest.node && state === 'online',
    );
    const asked = others.map(async ({ name }) => {
      const path = `/nodes/${encodeURIComponent(name)}/${type}/${vmid}/status/current`;
      await this.#session.api.get(path, z.unknown(), { timeoutMs: SEEK_TIMEOUT_MS, signal: this.#abort.signal });
      return { ...guest, node: name };
    });
    return await Promise.any(asked).catch(() => undefined); // none has it
  }

  dispose(): void {
    this.#store.dispose();
    this.#timer?.dispose();
    this.#abort.abort();
    this.#changed.dispose();
  }

  async #pollAll(): Promise<void> {
    let waitMs = 0;
    do {
      this.#again = false;
      waitMs = await this.#poll();
    } while (this.#again && !this.#store.disposed);
    this.#running = undefined;
    if (!this.#store.disposed && !this.#isAsleep) this.#timer = this.#clock.timer(waitMs, () => void this.nudge());
  }

  /** How long to wait until the next. */
  async #poll(): Promise<number> {
    if (!this.#session.isActive || this.#store.disposed || this.#isAsleep) return UNWATCHED_MS;
    const startedAtMs = this.#clock.nowMs();
    try {
      const now = await this.#ask();
      this.#tookMs = this.#clock.nowMs() - startedAtMs;
      this.#backoff.reset();
      this.#take(now);
      return Math.max(this.#isWatched ? WATCHED_MS : UNWATCHED_MS, this.#tookMs * SPARE);
    } catch (error) {
      this.#handleError(AppError.from(error));
      return this.#backoff.nextMs();
    }
  }

  /** Of a Backup Server, which has neither nodes nor guests, we want to know that it is there and lets us in. */
  async #ask(): Promise<Snapshot> {
    const options = { isBackground: true, timeoutMs: POLL_TIMEOUT_MS, signal: this.#abort.signal };
    const { api, id, product } = this.#session;
    if (product === 'pve')
      return readResources(id, await api.get('/cluster/resources', resourcesAnswer, options), this.#snapshot);
    if (product === 'pdm')
      return readManaged(id, await api.get('/resources/list', managedAnswer, options), this.#snapshot);
    await api.get('/version', versionAnswer, options);
    return emptySnapshot;
  }

  #take(now: Snapshot): void {
    const { change, told } = diffSnapshots(this.#session.id, this.#snapshot, now);
    this.#snapshot = told;
    if (change) this.#changed.fire(change);
  }

  #handleError(error: AppError): void {
    if (this.#store.disposed) return;
    if (error.code === 'session-expired') this.#session.logout(error);
    else if (unreachableCodes.includes(error.code)) this.#session.reportUnreachable(error);
  }
}
