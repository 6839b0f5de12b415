import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';
import { type Splice, type SpliceDirection, splice } from '../../../shared/flow/splice.ts';
import type { RelayMeter } from '../../../shared/model/console.ts';
import type { Tunnel } from '../tunnel/tunnel.ts';

export interface RelayOptions {
  readonly label: string;
  /** Whose tunnel it is. */
  readonly clusterId?: string;
  readonly tunnel: Pick<Tunnel, 'health' | 'roundTripsMs' | 'window' | 'heartbeatMs' | 'idleLimitMs' | 'check'>;
  /** The tunnel's bytes: its duplex, or what a handshake left of it. */
  readonly remote: ByteDuplex;
  readonly local: ByteDuplex;
  /** The number of the channel it feeds, where it feeds a page's console. */
  readonly channel?: number;
  readonly clock: Clock;
}

/** A running pair of tunnel and local end. `up` goes to the server, `down` comes from it. */
export class Relay implements Disposable {
  readonly id: number;
  readonly label: string;
  readonly #splice: Splice;
  readonly #options: RelayOptions;
  #isClosing = false;

  /** Starts both ends. */
  constructor(id: number, options: RelayOptions) {
    this.id = id;
    this.label = options.label;
    this.#options = options;
    this.#splice = splice(options.local, options.remote, { clock: options.clock });
  }

  get clusterId(): string | undefined {
    return this.#options.clusterId;
  }

  get up(): SpliceDirection {
    return this.#splice.up;
  }

  get down(): SpliceDirection {
    return this.#splice.down;
  }

  get heldBytes(): number {
    return this.up.heldBytes + this.down.heldBytes;
  }

  get meter(): RelayMeter {
    const { tunnel, channel } = this.#options;
    const { heartbeatMs, idleLimitMs } = tunnel;
    return {
      id: this.id,
      label: this.label,
      ...(channel !== undefined && { channel }),
      health: tunnel.health,
      roundTripsMs: [...tunnel.roundTripsMs],
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      ...(idleLimitMs !== undefined && { idleLimitMs }),
      windowBytes: tunnel.window.highBytes,
      up: directionOf(this.up),
      down: directionOf(this.down),
    };
  }

  /** Once, when both ends are closed, with the reason of the first. */
  onClose(listener: (reason: CloseReason) => void): Disposable {
    return this.#splice.onClose(listener);
  }

  /** `draining`: an end is closed or told to, and what is held is on its way. */
  get state(): 'open' | 'draining' {
    return this.#isClosing || this.#options.tunnel.health === 'dead' ? 'draining' : 'open';
  }

  /** Asks the server for a sign of life now; see `Tunnel`. */
  check(withinMs: number): void {
    this.#options.tunnel.check?.(withinMs);
  }

  close(deadlineMs: number): void {
    this.#isClosing = true;
    this.#splice.close(deadlineMs);
  }

  dispose(): void {
    this.#splice.dispose();
  }
}

function directionOf({ bytes, heldBytes, isPaused, pauses, stalledMs }: SpliceDirection): RelayMeter['up'] {
  return { bytes, heldBytes, isPaused, pauses, stalledMs };
}
