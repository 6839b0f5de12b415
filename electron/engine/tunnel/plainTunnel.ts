import { Emitter } from '../../../shared/base/event.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import type { Transport } from '../net/transport.ts';
import type { Tunnel, TunnelHealth } from './tunnel.ts';

/**
 * A tunnel whose protocol is not ours to speak: TCP, TLS or a Unix socket. The system's keepalive finds a dead peer;
 * there are no round trips to measure.
 */
export class PlainTunnel implements Tunnel {
  readonly label: string;
  readonly duplex: Transport;
  readonly window: FlowWindow;
  readonly roundTripsMs: readonly number[] = [];
  readonly #onHealth = new Emitter<TunnelHealth>();
  #health: TunnelHealth = 'alive';

  constructor(duplex: Transport, window: FlowWindow) {
    this.label = duplex.label;
    this.duplex = duplex;
    this.window = window;
    duplex.watch({
      heard: nothing,
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

  #handleClosed(): void {
    this.#health = 'dead';
    this.#onHealth.fire('dead');
    this.#onHealth.dispose();
  }
}

function nothing(): void {}
