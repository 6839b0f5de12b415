import type { Event } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';

/**
 * `slow`: it answers, but a person feels the wait. `late`: an answer is overdue. `dead`: given up and closed; it is
 * never used again.
 */
export type TunnelHealth = 'alive' | 'slow' | 'late' | 'dead';

/** One connection from the engine to a server. It lives as long as its duplex. */
export interface Tunnel extends Disposable {
  readonly label: string;
  /** Its bytes. Born paused. The tunnel ends with it, and `dispose` of the tunnel disposes it. */
  readonly duplex: ByteDuplex;
  /** Bounds what was read from the server and not consumed. */
  readonly window: FlowWindow;
  readonly health: TunnelHealth;
  /** The last ten, oldest first. */
  readonly roundTripsMs: readonly number[];
  /** How often a sign of life is sent now, where the protocol has one. */
  readonly heartbeatMs?: number | undefined;
  /** The silence after which connections to its address are cut, where that was learned. */
  readonly idleLimitMs?: number | undefined;
  /**
   * Asks for a sign of life now and gives up where none comes in this time: the machine slept, or its network is another.
   * What was silent until now is not held against anybody. Absent where the protocol has nothing to ask.
   */
  check?(withinMs: number): void;
  /** Fires on every change of `health`. */
  readonly onHealth: Event<TunnelHealth>;
}
