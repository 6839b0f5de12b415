import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Budget, FlowWeight } from '../../../shared/flow/budget.ts';
import { Heartbeat, type Pulse } from '../../../shared/flow/heartbeat.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import { formatAddress, type HostPort } from '../net/address.ts';
import { openWebSocket } from '../net/openWebSocket.ts';
import type { Trust } from '../net/trust.ts';
import { PVE_MAX_FRAME_BYTES, type WebSocketDuplex } from '../net/webSocketDuplex.ts';
import type { Tunnel, TunnelHealth } from './tunnel.ts';

export const HEARTBEAT_MS = 20_000; // below the 30 s of the tightest common proxies and NAT boxes
const SLOW_MS = 400; // from there on typing feels like on a bad line
const ROUND_TRIPS = 10;
const WINDOW_BYTES = 1 << 20; // 8 ms at 1 Gbit/s
const MIN_WINDOW_BYTES = 16 << 10; // a screen of text, or a few tiles of picture: kept for it whatever others do

export interface TunnelOptions {
  readonly address: HostPort;
  /** Origin-form, encoded; see `vncWebSocketPath`. */
  readonly path: string;
  /** Cookie or token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: Trust;
  /** The one of the process. */
  readonly budget: Budget;
  readonly weight?: FlowWeight;
  readonly windowBytes?: number;
  readonly heartbeatMs?: number;
  /** Sent as data with every heartbeat, where the protocol has something that changes nothing: termproxy's `2`. */
  readonly signOfLife?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly upgradeTimeoutMs?: number | undefined;
  readonly clock?: Clock;
  readonly label?: string;
}

/** `base` is the API path of guest or node, such as `/api2/json/nodes/pve1/qemu/100` (PVE wire facts 3.2). */
export function vncWebSocketPath(base: string, port: number, ticket: string): string {
  return `${base}/vncwebsocket?port=${port}&vncticket=${encodeURIComponent(ticket)}`;
}

/**
 * Opens a tunnel to a console of a Proxmox VE server. Fails as `openWebSocket` does, and with `limit` when all memory
 * for tunnels is promised to others. The heartbeat begins when the duplex is started.
 */
export async function openWebSocketTunnel(options: TunnelOptions): Promise<Tunnel> {
  const { budget, weight = 'interactive', windowBytes = WINDOW_BYTES } = options;
  const window = budget.open({ minBytes: MIN_WINDOW_BYTES, wantedBytes: windowBytes, weight });
  if (!window) {
    throw new AppError('limit', 'All memory for connections is in use. Close some consoles.', { retry: 'later' });
  }
  const label = options.label ?? formatAddress(options.address);
  try {
    const { address, path, headers, trust, signal, timeoutMs, upgradeTimeoutMs, clock } = options;
    const how = { masking: 'zero', maxFrameBytes: PVE_MAX_FRAME_BYTES, isAbruptEndNormal: true } as const;
    const given = { address, path, headers, trust, window, signal, timeoutMs, upgradeTimeoutMs, clock };
    const duplex = await openWebSocket({ ...given, ...how, label });
    return new WebSocketTunnel(duplex, window, options);
  } catch (error) {
    window.dispose();
    throw error;
  }
}

class WebSocketTunnel implements Tunnel {
  readonly label: string;
  readonly duplex: WebSocketDuplex;
  readonly window: FlowWindow;
  readonly #clock: Clock;
  readonly #heartbeat: Heartbeat;
  readonly #heartbeatMs: number;
  readonly #signOfLife: Uint8Array | undefined;
  readonly #onHealth = new Emitter<TunnelHealth>();
  readonly #roundTripsMs: number[] = [];
  #health: TunnelHealth = 'alive';
  #pingNumber = 0;
  #pingedAtMs = 0;
  #isStarted = false;

  constructor(duplex: WebSocketDuplex, window: FlowWindow, options: TunnelOptions) {
    this.label = duplex.label;
    this.duplex = duplex;
    this.window = window;
    this.#clock = options.clock ?? systemClock;
    this.#heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#signOfLife = options.signOfLife;
    this.#heartbeat = new Heartbeat({
      intervalMs: this.#heartbeatMs,
      clock: this.#clock,
      ping: () => this.#ping(),
      onPulse: (pulse) => this.#handlePulse(pulse),
    });
    duplex.watch({
      heard: () => this.#heartbeat.heard(),
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

  #handleReading(): void {
    this.#heartbeat.resume();
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#heartbeat.start();
    this.#ping(); // the first round trip is known at once
  }

  #ping(): void {
    this.#pingNumber = (this.#pingNumber + 1) >>> 0;
    this.#pingedAtMs = this.#clock.nowMs();
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#pingNumber);
    this.duplex.ping(payload);
    if (this.#signOfLife && this.#pingNumber > 1) this.duplex.write(this.#signOfLife);
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
