import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { Heartbeat, type Pulse } from '../../../shared/flow/heartbeat.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import type { WebSocketDuplex } from '../net/webSocketDuplex.ts';
import type { IdleLimits } from './idleLimits.ts';
import type { Tunnel, TunnelHealth } from './tunnel.ts';

export const HEARTBEAT_MS = 20_000; // below the 30 s of the tightest common proxies and NAT boxes
const SLOW_MS = 400; // from there on typing feels like on a bad line
const ROUND_TRIPS = 10;

export interface WatchOptions {
  readonly heartbeatMs?: number | undefined;
  /** Sent as data with every heartbeat, where the protocol has something that changes nothing: termproxy's `2`. */
  readonly signOfLife?: Uint8Array | undefined;
  /** What is known and learned about who cuts silent connections, by `address`. */
  readonly idleLimits?: IdleLimits | undefined;
  readonly address?: string | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A WebSocket that is watched: pings while it is silent, round trips, and a verdict about its peer. Where connections
 * to this address were cut after the same silence before, the heartbeat goes below that.
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
  #heardAtMs = 0;
  #isStarted = false;

  constructor(duplex: WebSocketDuplex, window: FlowWindow, options: WatchOptions) {
    this.label = duplex.label;
    this.duplex = duplex;
    this.window = window;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const wishedMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#heartbeat = new Heartbeat({
      intervalMs: options.idleLimits?.heartbeatMs(options.address ?? '', wishedMs) ?? wishedMs,
      clock: this.#clock,
      ping: () => this.#ping(),
      onPulse: (pulse) => this.#handlePulse(pulse),
    });
    duplex.watch({
      heard: () => this.#handleHeard(),
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

  dispose(): void {
    this.duplex.dispose();
  }

  #handleHeard(): void {
    this.#heardAtMs = this.#clock.nowMs();
    this.#heartbeat.heard();
  }

  #handleReading(): void {
    this.#heartbeat.resume();
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#heardAtMs = this.#clock.nowMs();
    this.#heartbeat.start();
    this.#ping(); // the first round trip is known at once
  }

  #ping(): void {
    this.#pingNumber = (this.#pingNumber + 1) >>> 0;
    this.#pingedAtMs = this.#clock.nowMs();
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#pingNumber);
    this.duplex.ping(payload);
    const { signOfLife } = this.#options;
    if (signOfLife && this.#pingNumber > 1) this.duplex.write(signOfLife);
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
    const { idleLimits, address } = this.#options;
    const silentMs = this.#clock.nowMs() - this.#heardAtMs;
    const isCut = this.#isStarted && !this.duplex.isPaused && this.duplex.endedBy !== 'us';
    if (isCut && address !== undefined) idleLimits?.noteCut(address, silentMs);
    this.#heartbeat.dispose();
    this.#setHealth('dead');
    this.#onHealth.dispose();
  }

  #setHealth(health: TunnelHealth): void {
    if (this.#health === health || this.#health === 'dead') return;
    this.#health = health;
    this.#onHealth.fire(health);
  }
}
