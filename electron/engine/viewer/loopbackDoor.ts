import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import { listen, type Listener } from '../net/listener.ts';
import { isOwnProgram } from '../net/peerOwner.ts';
import type { SocketDuplex } from '../net/socketDuplex.ts';
import { Prelude } from '../console/prelude.ts';
import type { Relay } from '../relay/relay.ts';

const HOST = '127.0.0.1';
const MOST_WAITING = 8; // that have not said yet what they want

export interface DoorOptions {
  readonly clock: Clock;
  readonly label: string;
  readonly openWindow: () => FlowWindow | undefined;
  /** How many relays may begin here in all. */
  readonly mostRelays: number;
  /** How long newcomers are taken. */
  readonly acceptMs: number;
  /** Finds out what a newcomer wants and joins it with a tunnel. What it rejects with closes the connection. */
  readonly admit: (local: Prelude, signal: AbortSignal) => Promise<Relay>;
}

/**
 * A listener on loopback for one viewer: programs of this user only, so many connections, so long. It closes by itself
 * when nobody may come any more and the last relay is over.
 */
export class LoopbackDoor implements Disposable {
  readonly #options: DoorOptions;
  readonly #waiting = new Set<ByteDuplex>();
  readonly #relays = new Set<Relay>();
  readonly #abort = new AbortController();
  readonly #onOpened = new Emitter<void>();
  readonly #onFailure = new Emitter<AppError>();
  readonly #onClose = new Emitter<void>();
  /** The first relay runs. */
  readonly onOpened = this.#onOpened.event;
  /** A connection was taken and became no relay. */
  readonly onFailure = this.#onFailure.event;
  readonly onClose = this.#onClose.event;
  #listener: Listener | undefined;
  #expiry: Disposable | undefined;
  #isExpired = false;
  #isClosed = false;
  #begun = 0;
  #openedCount = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Fails as `listen` does. */
  async open(): Promise<void> {
    const { clock, label, openWindow, acceptMs } = this.#options;
    this.#listener = await listen({
      on: { kind: 'tcp', address: { host: HOST, port: 0 } },
      openWindow,
      isWelcome: (socket) => this.#isOpen && isOwnProgram(socket),
      onConnection: (duplex) => void this.#take(duplex),
      onRefused: () => this.#onFailure.fire(noMemory()),
      clock,
      label,
    });
    this.#expiry = clock.timer(acceptMs, () => {
      this.#isExpired = true;
      this.#closeWhereUnused();
    });
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Relays that run now. */
  get relayCount(): number {
    return this.#relays.size;
  }

  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Nobody comes in any more, nor who is at the door now. Relays go on to their own end. */
  shut(): void {
    this.#isExpired = true;
    for (const duplex of this.#waiting) duplex.dispose();
    this.#closeWhereUnused();
  }

  /** Ends relays too. */
  dispose(): void {
    this.#isExpired = true;
    this.#abort.abort();
    for (const duplex of this.#waiting) duplex.dispose();
    for (const relay of this.#relays) relay.dispose();
    this.#closeWhereUnused();
  }

  /** A guest that moves may ask for more channels while some run (PVE wire facts 5.3). */
  get #isOpen(): boolean {
    const isInTime = !this.#isExpired || this.#relays.size > 0;
    return isInTime && this.#begun < this.#options.mostRelays && this.#waiting.size < MOST_WAITING;
  }

  async #take(accepted: SocketDuplex): Promise<void> {
    this.#waiting.add(accepted);
    const local = new Prelude(accepted, this.#options.clock);
    try {
      this.#begin(await this.#options.admit(local, this.#abort.signal));
    } catch (error) {
      accepted.close(1_000); // an answer may be on its way
      this.#onFailure.fire(AppError.from(error));
    } finally {
      this.#waiting.delete(accepted);
      this.#closeWhereUnused();
    }
  }

  #begin(relay: Relay): void {
    this.#begun += 1;
    this.#relays.add(relay);
    relay.onClose(() => {
      this.#relays.delete(relay);
      this.#closeWhereUnused();
    });
    if (this.#abort.signal.aborted) relay.dispose();
    this.#openedCount += 1;
    if (this.#openedCount === 1) this.#onOpened.fire();
  }

  #closeWhereUnused(): void {
    const mayGoOn = !this.#isExpired && this.#begun < this.#options.mostRelays;
    if (this.#isClosed || mayGoOn || this.#relays.size > 0 || this.#waiting.size > 0) return;
    this.#isClosed = true;
    this.#expiry?.dispose();
    this.#listener?.close();
    this.#onClose.fire();
    for (const emitter of [this.#onOpened, this.#onFailure, this.#onClose]) emitter.dispose();
  }
}

export function noMemory(): AppError {
  return new AppError('limit', 'All memory for connections is in use. Close some consoles.', { retry: 'later' });
}
