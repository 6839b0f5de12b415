import { AppError } from '../../shared/base/errors.ts';
import { DisposableStore } from '../../shared/base/lifecycle.ts';
import type { ConsoleTarget, ConsoleView } from '../../shared/model/console.ts';
import type { Guest } from '../../shared/model/inventory.ts';
import type { EngineParts } from './engineParts.ts';
import type { ClusterSession } from './session/clusterSession.ts';

const KNOWN_WITHIN_MS = 20_000; // an app that has just started signs in and lists its guests
const SIGN_IN_WITHIN_MS = 300_000; // a person who is asked for a password, and maybe a code
const PAGE_WITHIN_MS = 60_000; // a browser that is opened for it
const MOST_WAITING = 8;

/** A console that somebody beside the pages asks for. `cluster`: name, address or ID; `guest`: name, number or ID. */
export interface ConsoleWish {
  readonly guest: string;
  readonly cluster?: string | undefined;
  readonly view?: ConsoleView | undefined;
}

export interface WantedConsole {
  readonly target: ConsoleTarget;
  readonly view?: ConsoleView | undefined;
}

/** Finds the guest that is meant, and hands it to a page, now or to the first that comes. */
export class ConsoleWishes {
  readonly #parts: EngineParts;
  readonly #life = new DisposableStore();
  readonly #waiting: { readonly wanted: WantedConsole; readonly untilMs: number }[] = [];

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Throws `not-found`, `invalid` where several are meant, `session-expired` or what keeps the cluster away. */
  async find(wish: ConsoleWish): Promise<{ readonly title: string; readonly wanted: WantedConsole }> {
    await this.#parts.ready();
    const sessions = this.#sessions(wish.cluster);
    await this.#until(() => sessions.every((session) => this.#isSettled(session)));
    const found = sessions.flatMap((session) => this.#guests(session, wish.guest).map((guest) => ({ session, guest })));
    const [only] = found;
    if (!only) throw this.#missing(sessions, wish);
    if (found.length > 1) {
      const names = found.map(({ session, guest }) => `${guest.vmid} of ${session.record.name}`).join(', ');
      throw new AppError(
        'invalid',
        `Several guests are meant by '${wish.guest}': ${names}. Name number and --cluster.`,
      );
    }
    const { session, guest } = only;
    if (!session.isActive) throw this.#missing([session], wish);
    const target = { kind: 'guest' as const, clusterId: session.id, guestId: guest.id };
    const wanted = wish.view ? { target, view: wish.view } : { target };
    return { title: `${guest.name} of ${session.record.name}`, wanted };
  }

  /** When the person has signed in, in a while. Resolves with nothing where they do not. */
  async later(wish: ConsoleWish): Promise<WantedConsole | undefined> {
    const isThere = () => this.#sessions(wish.cluster).some((session) => session.isActive && this.#isSettled(session));
    await this.#until(isThere, SIGN_IN_WITHIN_MS);
    return isThere() ? (await this.find(wish)).wanted : undefined;
  }

  keep(wanted: WantedConsole): void {
    const untilMs = this.#parts.deps.clock.nowMs() + PAGE_WITHIN_MS;
    this.#waiting.push({ wanted, untilMs });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** Those that wait for a page and are still wanted. */
  take(): WantedConsole[] {
    const nowMs = this.#parts.deps.clock.nowMs();
    return this.#waiting.splice(0).flatMap(({ wanted, untilMs }) => (untilMs > nowMs ? [wanted] : []));
  }

  #sessions(cluster: string | undefined): ClusterSession[] {
    const all = this.#parts.sessions.all();
    const named = all.filter(({ id, record }) => [id, record.name, record.address].includes(cluster ?? id));
    if (named.length > 0) return named;
    const names = all.map(({ record }) => record.name).join(', ') || 'none';
    throw new AppError(
      'not-found',
      `The app's list has no such cluster. It has ${names}. Add one with 'sluice login'.`,
    );
  }

  #guests({ id }: ClusterSession, wanted: string): Guest[] {
    const guests = this.#parts.inventory.full().find(({ clusterId }) => clusterId === id)?.guests ?? [];
    const exact = guests.filter((guest) => guest.id === wanted || String(guest.vmid) === wanted);
    return exact.length > 0 ? exact : guests.filter(({ name }) => name === wanted);
  }

  /** Nothing more is to be expected of it: its list is here, or it needs a person. */
  #isSettled({ id, state }: ClusterSession): boolean {
    if (state === 'signed-out' || state === 'certificate-changed' || state === 'unreachable') return true;
    const known = this.#parts.inventory.full().find(({ clusterId }) => clusterId === id);
    return state === 'signed-in' && known !== undefined && known.nodes.length > 0;
  }

  #missing(sessions: readonly ClusterSession[], { guest }: ConsoleWish): AppError {
    const away = sessions.find(({ state }) => state !== 'signed-in');
    if (!away) return new AppError('not-found', `No cluster in the app has a guest '${guest}'. See 'sluice guests'.`);
    const { name } = away.record;
    if (away.state === 'signed-out')
      return new AppError('session-expired', `You are signed out of ${name}. Sign in in the app, and it opens.`);
    const error = away.describe().error;
    return error ? AppError.fromInfo(error) : new AppError('timeout', `${name} did not list its guests in time.`);
  }

  dispose(): void {
    this.#life.dispose();
  }

  #until(isSo: () => boolean, withinMs = KNOWN_WITHIN_MS): Promise<void> {
    const { sessions, inventory, deps } = this.#parts;
    return new Promise((resolve) => {
      const finish = () => {
        limit.dispose();
        this.#life.release(waiting);
        for (const listener of listeners) listener.dispose();
        resolve();
      };
      const look = () => {
        if (isSo()) finish();
      };
      const waiting = { dispose: finish };
      const limit = deps.clock.timer(withinMs, finish);
      const listeners = [sessions.onChanged(look), inventory.onChanged(look)];
      this.#life.add(waiting);
      look();
    });
  }
}
