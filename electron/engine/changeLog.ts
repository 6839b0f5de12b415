import { Emitter } from '../../shared/base/event.ts';
import type { EventData, EventName } from '../../shared/wire/contract.ts';

/** One event that pages were told, or would have been. */
export type Change = {
  readonly [E in EventName]: { readonly sequence: number; readonly event: E; readonly data: EventData<E> };
}[EventName];

// Guests, tasks and the like in all that is kept: some 2 MiB. Who missed more is better told everything.
const MOST_ITEMS = 4_000;

/** Each tells the whole of its subject: the newest is all that counts. */
const wholes: ReadonlySet<EventName> = new Set([
  'clusters.changed',
  'settings.changed',
  'gateways.changed',
  'vault.changed',
  'launches.changed',
  'migrations.changed',
]);

/**
 * The last changes, numbered from 1 without a gap, for pages that lost their link and come back. Bounded: what no
 * longer fits is forgotten, and a page that would need it is told everything anew.
 */
export class ChangeLog {
  /** Of this run of the engine. */
  readonly epoch: string;
  readonly #mostItems: number;
  readonly #added = new Emitter<Change>();
  readonly onAdded = this.#added.event;
  #kept: Change[] = [];
  #items = 0;
  #sequence = 0;
  /** Everything after this number can be told. */
  #forgottenUpTo = 0;

  constructor(epoch: string, mostItems = MOST_ITEMS) {
    this.epoch = epoch;
    this.#mostItems = mostItems;
  }

  /** Number of the newest; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  get keptItems(): number {
    return this.#items;
  }

  add<E extends EventName>(event: E, data: EventData<E>): void {
    this.#sequence += 1;
    const change = { sequence: this.#sequence, event, data } as unknown as Change; // the signature pairs the two
    if (wholes.has(event)) this.#dropOlder(event);
    this.#kept.push(change);
    this.#items += itemsOf(change);
    while (this.#items > this.#mostItems) this.#forgetOldest();
    this.#added.fire(change);
  }

  /** What came after a number, oldest first; undefined where that is not known any more, or never was. */
  since(sequence: number): readonly Change[] | undefined {
    if (sequence < this.#forgottenUpTo || sequence > this.#sequence) return undefined;
    return this.#kept.filter((change) => change.sequence > sequence);
  }

  #forgetOldest(): void {
    const oldest = this.#kept.shift();
    if (!oldest) return;
    this.#forgottenUpTo = oldest.sequence;
    this.#items -= itemsOf(oldest);
  }

  #dropOlder(event: EventName): void {
    const at = this.#kept.findIndex((change) => change.event === event);
    const [dropped] = at < 0 ? [] : this.#kept.splice(at, 1);
    if (dropped) this.#items -= itemsOf(dropped);
  }
}

/** Lists are what grows in a change: their entries, and one for the change itself. */
function itemsOf({ data }: Change): number {
  let items = 1;
  for (const value of Object.values(data)) if (Array.isArray(value)) items += value.length;
  return items;
}
