import { type Clock, systemClock } from '../../shared/base/clock.ts';
import type { AppError } from '../../shared/base/errors.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import { Backoff } from '../../shared/flow/backoff.ts';
import type { Channel } from '../../shared/wire/peer.ts';
import type { PageState } from './engineBench.ts';

/** A terminal as the page keeps it: opened again on a new channel, with the page's pauses, whenever it is lost. */
export class OpenedConsole {
  readonly #state: PageState;
  readonly #guestId: string;
  readonly #clock: Clock;
  readonly #backoff = new Backoff({ firstMs: 600, maxMs: 15_000 });
  readonly channels: Channel[] = [];
  /** Why each of them ended; `undefined`: regularly. */
  readonly losses: (AppError | undefined)[] = [];
  #hasOutput = false;
  #retry: Disposable | undefined;
  #isOver = false;

  constructor(state: PageState, guestId: string, clock: Clock = systemClock) {
    this.#state = state;
    this.#guestId = guestId;
    this.#clock = clock;
    this.#open();
  }

  /** The stream of the newest channel flows. */
  get isOpen(): boolean {
    return this.#hasOutput && this.channels.length > this.losses.length;
  }

  type(text: string): void {
    this.channels.at(-1)?.write(new TextEncoder().encode(text));
  }

  dispose(): void {
    this.#isOver = true;
    this.#retry?.dispose();
    this.channels.at(-1)?.dispose();
  }

  #open(): void {
    this.#hasOutput = false;
    const channel = this.#state.console(this.#guestId, 'terminal');
    this.channels.push(channel);
    channel.onData((chunk) => {
      if (!this.#hasOutput) this.#backoff.reset();
      this.#hasOutput = true;
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => channel.end());
    channel.onClose((reason) => {
      this.losses.push(reason.kind === 'failed' ? reason.error : undefined);
      if (!this.#isOver) this.#retry = this.#clock.timer(this.#backoff.nextMs(), () => this.#open());
    });
    channel.start();
  }
}
