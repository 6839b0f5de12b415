import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Pulse } from '../../../shared/flow/heartbeat.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import type { SocketDuplex } from '../net/socketDuplex.ts';
import { LineWatch } from './lineWatch.ts';
import type { Tunnel, TunnelHealth } from './tunnel.ts';
import { HEARTBEAT_MS } from './watchedTunnel.ts';

export interface PlainTunnelOptions {
  readonly heartbeatMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * A tunnel whose protocol is not ours to speak: TCP, TLS or a Unix socket. Whether the peer lives is read from what the
 * system knows about the connection; there are no round trips to measure.
 */
export class PlainTunnel implements Tunnel {
  readonly label: string;
  readonly duplex: SocketDuplex;
  readonly window: FlowWindow;
  readonly roundTripsMs: readonly number[] = [];
  readonly #onHealth = new Emitter<TunnelHealth>();
  readonly #watch: LineWatch | undefined;
  #health: TunnelHealth = 'alive';

  constructor(duplex: SocketDuplex, window: FlowWindow, options: PlainTunnelOptions = {}) {
    const { heartbeatMs = HEARTBEAT_MS, clock = systemClock } = options;
    this.label = duplex.label;
    this.duplex = duplex;
    this.window = window;
    if (duplex.hasTcpState) this.#watch = this.#watchLine(heartbeatMs, clock);
    duplex.watch({
      heard: () => this.#watch?.heard(),
      sent: nothing,
      paused: nothing,
      resumed: nothing,
      closed: () => this.#handleClosed(),
    });
  }

  get health(): TunnelHealth {
    return this.#health;
  }

  get onHealth() {
    return this.#onHealth.event;
  }

  dispose(): void {
    this.duplex.dispose();
  }

  #watchLine(heartbeatMs: number, clock: Clock): LineWatch {
    return new LineWatch({ heartbeatMs, clock, line: this.duplex, onPulse: (pulse) => this.#handlePulse(pulse) });
  }

  #handlePulse(pulse: Pulse): void {
    this.#setHealth(pulse);
    if (pulse !== 'dead') return;
    const message = `${this.label} did not answer any more. Connect again.`;
    this.duplex.fail(new AppError('timeout', message, { retry: 'later' }));
  }

  #handleClosed(): void {
    this.#watch?.dispose();
    this.#setHealth('dead');
    this.#onHealth.dispose();
  }

  #setHealth(health: TunnelHealth): void {
    if (this.#health === health || this.#health === 'dead') return;
    this.#health = health;
    this.#onHealth.fire(health);
  }
}

function nothing(): void {}
