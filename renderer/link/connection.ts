import type { Clock } from '../../shared/base/clock.ts';
import { AppError } from '../../shared/base/errors.ts';
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import { Backoff } from '../../shared/flow/backoff.ts';
import type { CloseReason } from '../../shared/flow/duplex.ts';
import { IdleLimits } from '../../shared/flow/idleLimits.ts';
import type { Params } from '../../shared/wire/contract.ts';
import { usualHeartbeatMs, wireVersion } from '../../shared/wire/linkTerms.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';
import { setEngine } from '../api/engine.ts';
import { useConnection } from '../state/connection.ts';
import { feedStores } from '../state/feed.ts';
import { note } from '../state/log.ts';

const MOST_WAIT_MS = 10_000; // a person who waits does not look longer than that
const ANSWER_MS = 15_000; // for a link and its hello: a proxy may take one and lead nowhere
const GRACE_MS = 800; // a link that is back by then was never missed
const CHECK_MS = 10_000; // a machine that just woke is busy
const STEADY_MS = 10_000; // a link that lived so long was a success
const LINK = 'link';
const noAnswer = 'Sluice’s engine did not answer in time.';

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
  /** What was lost is known by how long it was silent: something between may cut that. */
  readonly #limits = new IdleLimits();
  #resume: Params<'app.hello'>['resume'];
  #attempt = 0;
  #sinceMs = 0;
  #hurriedLately = false;
  #grace: Disposable | undefined;
  #limit: Disposable | undefined;
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

  /** The network changed: what was waited for may be there now, and what stood may be gone without a word. */
  readonly handleOnline = (): void => {
    this.#peer?.check(CHECK_MS);
    this.tryNow();
  };

  async #try(): Promise<void> {
    this.#attempt++;
    if (this.#attempt > 1) useConnection.setState({ attempt: this.#attempt, nextTryAtMs: undefined });
    const { connect, clock } = this.#options;
    let limit: Disposable | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      limit = clock.timer(ANSWER_MS, () => reject(new AppError('timeout', noAnswer, { retry: 'later' })));
    });
    this.#limit = limit;
    let peer: PagePeer | undefined;
    const connecting = connect();
    try {
      peer = await Promise.race([connecting, tooLate]);
      if (this.#life.disposed) return peer.close();
      await Promise.race([this.#greet(peer), tooLate]);
    } catch (error) {
      if (peer) peer.close();
      else closeWhenOpen(connecting);
      this.#failed(AppError.from(error));
    } finally {
      limit?.dispose();
    }
  }

  async #greet(peer: PagePeer): Promise<void> {
    const { clock } = this.#options;
    const feed = feedStores(peer);
    let epoch: string | undefined;
    peer.onLate((isLate) => useConnection.setState({ isLate }));
    peer.onClose((reason) => {
      feed.dispose();
      if (epoch !== undefined) this.#remember(epoch, peer.sequence);
      if (this.#peer !== peer) return;
      if (isCut(reason)) this.#limits.noteCut(LINK, peer.quietMs, clock.nowMs());
      this.#lost(reason);
    });
    const hello = await peer.call('app.hello', {
      wireVersion,
      ...(this.#resume ? { resume: this.#resume } : {}),
      ...(this.#limits.limitMs(LINK) ? { heartbeatMs: this.#safeHeartbeatMs() } : {}),
    });
    ({ epoch } = hello);
    peer.setHeartbeat(hello.heartbeatMs);
    this.#peer = peer;
    const isBack = this.#attempt > 1;
    this.#attempt = 0;
    this.#sinceMs = clock.nowMs();
    this.#endGrace();
    setEngine(peer);
    if (isBack) note('The engine answers again.');
    useConnection.getState().welcome(hello);
  }

  #safeHeartbeatMs(): number {
    return Math.round(this.#limits.heartbeatMs(LINK, usualHeartbeatMs));
  }

  /** How far this link came. One that ended before all was told leaves what the one before knew. */
  #remember(epoch: string, sequence: number): void {
    if (sequence > 0) this.#resume = { epoch, sequence };
    else if (this.#resume?.epoch !== epoch) this.#resume = undefined;
  }

  #lost(reason: CloseReason): void {
    const { clock } = this.#options;
    this.#peer = undefined;
    setEngine(undefined);
    if (this.#life.disposed) return;
    const error = reason.kind === 'failed' ? reason.error : new AppError('link-lost', 'The engine closed the link.');
    note('The connection to the engine was lost.', 'warn');
    useConnection.setState({ isLate: false, error, attempt: 1, lostAtMs: clock.wallMs() });
    this.#grace = clock.timer(GRACE_MS, () => this.#endGrace());
    this.#attempt = 1;
    if (clock.nowMs() - this.#sinceMs >= STEADY_MS) {
      this.#backoff.reset();
      this.#hurriedLately = false;
    }
    // At once, but not again before a link was steady: where something ends every link, nobody needs a storm.
    if (this.#hurriedLately) return this.#later();
    this.#hurriedLately = true;
    void this.#try();
  }

  #failed(error: AppError): void {
    if (this.#life.disposed) return;
    const { clock } = this.#options;
    if (error.code === 'unsupported' || error.code === 'protocol') {
      this.#grace?.dispose();
      setEngine(undefined);
      useConnection.setState({ phase: 'outdated', error });
      return;
    }
    const lostAtMs = useConnection.getState().lostAtMs ?? clock.wallMs();
    useConnection.setState({ error, attempt: this.#attempt, lostAtMs });
    if (!this.#grace) this.#endGrace();
    this.#later();
  }

  /** From now on the loss shows. */
  #endGrace(): void {
    this.#grace?.dispose();
    this.#grace = undefined;
    if (this.#peer || this.#life.disposed) return;
    setEngine(undefined);
    useConnection.setState({ phase: 'lost' });
  }

  #later(): void {
    const { clock } = this.#options;
    const waitMs = this.#backoff.nextMs();
    useConnection.setState({ nextTryAtMs: clock.wallMs() + waitMs });
    this.#timer = clock.timer(waitMs, this.tryNow);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#limit?.dispose();
    this.#grace?.dispose();
    this.#life.dispose();
    this.#peer?.close();
  }
}

/** Ended by someone else and without a word, as what stands between does it. */
function isCut(reason: CloseReason): boolean {
  return reason.kind === 'failed' && reason.error.code === 'link-lost';
}

function closeWhenOpen(connecting: Promise<PagePeer>): void {
  connecting.then(
    (peer) => peer.close(),
    () => undefined, // it failed by itself
  );
}
