import type { Clock } from '../../shared/base/clock.ts';
import { AppError } from '../../shared/base/errors.ts';
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import { Backoff } from '../../shared/flow/backoff.ts';
import type { CloseReason } from '../../shared/flow/duplex.ts';
import { wireVersion } from '../../shared/wire/contract.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';
import { setEngine } from '../api/engine.ts';
import { useConnection } from '../state/connection.ts';
import { feedStores } from '../state/feed.ts';
import { note } from '../state/log.ts';

const MOST_WAIT_MS = 10_000; // a person who waits does not look longer than that

export interface ConnectionOptions {
  readonly clock: Clock;
  /** Opens a new link and a peer on it. Called again for every try. */
  readonly connect: () => Promise<PagePeer>;
}

/**
 * Keeps the page joined to an engine: connects, says hello, feeds the stores, and starts over with a new link and a
 * new peer whenever the old one is lost.
 */
export class EngineConnection implements Disposable {
  readonly #options: ConnectionOptions;
  readonly #life = new DisposableStore();
  readonly #backoff = new Backoff({ firstMs: 400, maxMs: MOST_WAIT_MS });
  #attempt = 0;
  #peer: PagePeer | undefined;
  #timer: Disposable | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#try();
  }

  /** Ends the wait before the next try. */
  readonly tryNow = (): void => {
    if (!this.#timer) return;
    this.#timer.dispose();
    this.#timer = undefined;
    void this.#try();
  };

  async #try(): Promise<void> {
    this.#attempt++;
    if (this.#attempt > 1) useConnection.setState({ attempt: this.#attempt, nextTryAtMs: undefined });
    let peer: PagePeer | undefined;
    try {
      peer = await this.#options.connect();
      if (this.#life.disposed) return peer.close();
      await this.#greet(peer);
    } catch (error) {
      peer?.close();
      this.#failed(AppError.from(error));
    }
  }

  async #greet(peer: PagePeer): Promise<void> {
    const feed = feedStores(peer);
    peer.onLate((isLate) => useConnection.setState({ isLate }));
    peer.onClose((reason) => {
      feed.dispose();
      if (this.#peer === peer) this.#lost(reason);
    });
    const hello = await peer.call('app.hello', { wireVersion });
    this.#peer = peer;
    const isBack = this.#attempt > 1;
    this.#attempt = 0;
    this.#backoff.reset();
    setEngine(peer);
    if (isBack) note('The engine answers again.');
    useConnection.getState().welcome(hello);
  }

  #lost(reason: CloseReason): void {
    this.#peer = undefined;
    setEngine(undefined);
    if (this.#life.disposed) return;
    const error = reason.kind === 'failed' ? reason.error : new AppError('link-lost', 'The engine closed the link.');
    note('The connection to the engine was lost.', 'warn');
    useConnection.setState({ phase: 'lost', isLate: false, error, attempt: 1, lostAtMs: this.#options.clock.wallMs() });
    this.#attempt = 1;
    void this.#try();
  }

  #failed(error: AppError): void {
    if (this.#life.disposed) return;
    const { clock } = this.#options;
    if (error.code === 'unsupported' || error.code === 'protocol') {
      useConnection.setState({ phase: 'outdated', error });
      return;
    }
    const waitMs = this.#backoff.nextMs();
    const nextTryAtMs = clock.wallMs() + waitMs;
    useConnection.setState({ phase: 'lost', error, attempt: this.#attempt, nextTryAtMs });
    this.#timer = clock.timer(waitMs, this.tryNow);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#life.dispose();
    this.#peer?.close();
  }
}
