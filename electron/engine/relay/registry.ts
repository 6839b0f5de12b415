import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import type { Meters } from '../../../shared/model/console.ts';
import { IdleLimits } from '../../../shared/flow/idleLimits.ts';
import { OpeningGate } from '../tunnel/openingGate.ts';
import { Relay, type RelayOptions } from './relay.ts';

/** All relays of the process and the one budget they share. */
export class RelayRegistry implements Disposable {
  readonly budget: Budget;
  /** What was learned about who cuts silent tunnels. */
  readonly idleLimits = new IdleLimits();
  /** Spreads the opening of tunnels that have to be opened again. */
  readonly gate: OpeningGate;
  readonly #clock: Clock;
  readonly #relays = new Map<number, Relay>();
  readonly #onChange = new Emitter<void>();
  /** Fires when a relay came or went. */
  readonly onChange = this.#onChange.event;
  #lastId = 0;
  #isClosing = false;

  constructor({ budget = new Budget(), clock = systemClock }: { budget?: Budget; clock?: Clock } = {}) {
    this.budget = budget;
    this.#clock = clock;
    this.gate = new OpeningGate({ clock });
  }

  get relays(): readonly Relay[] {
    return [...this.#relays.values()];
  }

  /** Joins a tunnel with a local end and starts both. It leaves the list when both are closed. */
  open(options: Omit<RelayOptions, 'clock'>): Relay {
    this.#lastId += 1;
    const relay = new Relay(this.#lastId, { ...options, clock: this.#clock });
    this.#relays.set(relay.id, relay);
    relay.onClose(() => this.#handleClosed(relay.id));
    if (this.#isClosing) relay.dispose();
    else this.#onChange.fire();
    return relay;
  }

  /** Ends the relays of a cluster now. */
  endOf(clusterId: string): void {
    for (const relay of this.relays) if (relay.clusterId === clusterId) relay.dispose();
  }

  meters(): Meters {
    const relays = this.relays.map((relay) => relay.meter);
    return { heldBytes: this.budget.heldBytes, budgetBytes: this.budget.totalBytes, relays };
  }

  /** Sends what every relay holds, then closes it; ends those that take longer. Resolves when all are gone. */
  close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    for (const relay of this.relays) relay.close(deadlineMs);
    if (this.#relays.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const watch = this.onChange(() => {
        if (this.#relays.size > 0) return;
        watch.dispose();
        resolve();
      });
    });
  }

  dispose(): void {
    this.#isClosing = true;
    for (const relay of this.relays) relay.dispose();
  }

  #handleClosed(id: number): void {
    this.#relays.delete(id);
    this.#onChange.fire();
  }
}
