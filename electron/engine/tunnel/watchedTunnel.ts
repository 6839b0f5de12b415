import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { Heartbeat, type Pulse } from '../../../shared/flow/heartbeat.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import type { WebSocketDuplex } from '../net/webSocketDuplex.ts';
import type { IdleLimits } from '../../../shared/flow/idleLimits.ts';
import { Silence } from './silence.ts';
import type { Tunnel, TunnelHealth } from './tunnel.ts';

export const HEARTBEAT_MS = 20_000; // below the 30 s of the tightest common proxies and NAT boxes
const SLOW_MS = 400; // from there on typing feels like on a bad line
const ROUND_TRIPS = 10;
const WORTH_NOTING_MS = 1_000; // no limit below is learned

export interface WatchOptions {
  readonly heartbeatMs?: number | undefined;
  /**
   * Sent as data with every heartbeat, where the protocol has something that changes nothing: termproxy's `2`. RFB has
   * nothing of that kind (each client message asks for something or presses something), and its messages could not be
   * told apart here anyway; a ping is data to everything that does not read WebSockets.
   */
  readonly signOfLife?: Uint8Array | undefined;
  /** What is known and learned about who cuts silent connections, by `address`. */
  readonly idleLimits?: IdleLimits | undefined;
  readonly address?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A WebSocket that is watched: pings while it is silent, round trips, and a verdict about its peer. Where connections
 * to this address were cut after the same silence before, or are while it lives, the heartbeat goes below that.
 */
export class WatchedTunnel implements Tunnel {
  readonly label: string;
  readonly duplex: WebSocketDuplex;
  readonly window: FlowWindow;
  readonly #clock: Clock;
  readonly #heartbeat: Heartbeat;
  readonly #options: WatchOptions;
  readonly #onHealth = new Emitter<TunnelHealth>();
  readonly #roundTripsMs: number[] = [];
  #health: TunnelHealth = 'alive';
  #pingNumber = 0;
  #pingedAtMs = 0;
  #hasAsked = false; // the first comes before the stream is what it is to be: a login is still to be made
  /** Since it was started. */
  #silence: Silence | undefined;
  readonly #wishedMs: number;
  readonly #learning: Disposable | undefined;

  constructor(duplex: WebSocketDuplex, window: FlowWindow, options: WatchOptions) {
    this.label = duplex.label;
    this.duplex = duplex;
    this.window = window;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#wishedMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#heartbeat = new Heartbeat({
      intervalMs: this.#safeIntervalMs(),
      clock: this.#clock,
      ping: () => this.#ping(),
      onPulse: (pulse) => this.#handlePulse(pulse),
      isExcused: () => duplex.isPeerStalled,
    });
    this.#learning = options.idleLimits?.onChanged((address) => {
      if (address === options.address) this.#heartbeat.setInterval(this.#safeIntervalMs());
    });
    duplex.watch({
      heard: () => this.#handleHeard(),
      sent: () => this.#silence?.sent(this.#clock.nowMs()),
      paused: () => this.#heartbeat.pause(),
      resumed: () => this.#handleReading(),
      closed: () => this.#handleClosed(),
    });
    duplex.onPong((payload) => this.#handlePong(payload));
  }

  get onHealth() {
    return this.#onHealth.event;
  }

  get health(): TunnelHealth {
    return this.#health;
  }

  get roundTripsMs(): readonly number[] {
    return this.#roundTripsMs;
  }

  get heartbeatMs(): number {
    return this.#heartbeat.intervalMs;
  }

  get idleLimitMs(): number | undefined {
    const { idleLimits, address } = this.#options;
    return address === undefined ? undefined : idleLimits?.limitMs(address);
  }

  check(withinMs: number): void {
    if (this.#health === 'dead') return;
    if (this.#silence) this.#silence = new Silence(this.#clock.nowMs());
    if (this.duplex.isPaused) this.duplex.showLife();
    else this.#heartbeat.check(withinMs);
  }

  dispose(): void {
    this.duplex.dispose();
  }

  #safeIntervalMs(): number {
    const { idleLimits, address } = this.#options;
    return address === undefined
      ? this.#wishedMs
      : (idleLimits?.heartbeatMs(address, this.#wishedMs) ?? this.#wishedMs);
  }

  #handleHeard(): void {
    this.#heartbeat.heard();
    const survivedMs = this.#silence?.heard(this.#clock.nowMs()) ?? 0;
    if (survivedMs < WORTH_NOTING_MS) return;
    const { idleLimits, address } = this.#options;
    if (address !== undefined) idleLimits?.noteSurvived(address, survivedMs);
  }

  #handleReading(): void {
    this.#heartbeat.resume();
    if (this.#silence) return;
    this.#silence = new Silence(this.#clock.nowMs());
    this.#heartbeat.start();
    this.#ping(); // the first round trip is known at once
  }

  #ping(): void {
    if (this.duplex.isPaused) this.duplex.showLife();
    else this.#askForLife();
    const { signOfLife } = this.#options;
    if (signOfLife && this.#hasAsked) this.duplex.write(signOfLife);
    this.#hasAsked = true;
  }

  #askForLife(): void {
    this.#pingNumber = (this.#pingNumber + 1) >>> 0;
    this.#pingedAtMs = this.#clock.nowMs();
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#pingNumber);
    this.duplex.ping(payload);
  }

  #handlePong(payload: Uint8Array): void {
    if (payload.length !== 4) return;
    const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    if (number !== this.#pingNumber) return;
    this.#heartbeat.answered();
    const roundTripMs = this.#clock.nowMs() - this.#pingedAtMs;
    this.#roundTripsMs.push(roundTripMs);
    if (this.#roundTripsMs.length > ROUND_TRIPS) this.#roundTripsMs.shift();
    this.#setHealth(roundTripMs >= SLOW_MS ? 'slow' : 'alive');
  }

  #handlePulse(pulse: Pulse): void {
    if (pulse === 'alive') return this.#setHealth((this.#roundTripsMs.at(-1) ?? 0) >= SLOW_MS ? 'slow' : 'alive');
    this.#setHealth(pulse);
    if (pulse !== 'dead') return;
    const message = `${this.label} did not answer any more. Connect again.`;
    this.duplex.fail(new AppError('timeout', message, { retry: 'later' }));
  }

  #handleClosed(): void {
    this.#learning?.dispose();
    this.#noteCut(this.#clock.nowMs());
    this.#heartbeat.dispose();
    this.#setHealth('dead');
    this.#onHealth.dispose();
  }

  /** Who ended it while our own reading was paused may have done so long ago. */
  #noteCut(nowMs: number): void {
    const { idleLimits, address } = this.#options;
    if (!this.#silence || address === undefined || this.duplex.isPaused || this.duplex.endedBy === 'us') return;
    idleLimits?.noteCut(address, this.#silence.longestMs(nowMs), nowMs);
  }

  #setHealth(health: TunnelHealth): void {
    if (this.#health === health || this.#health === 'dead') return;
    this.#health = health;
    this.#onHealth.fire(health);
  }
}
