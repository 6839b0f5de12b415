import * as z from 'zod';

import type { Clock } from '../../../shared/base/clock.ts';
import { fingerprint } from '../../../shared/model/cluster.ts';
import { type KnownAddress, knownAddress } from '../../../shared/model/consoleAddress.ts';
import type { LaunchView } from '../../../shared/model/launch.ts';
import type { DocumentStore } from '../deps.ts';

const DOCUMENT = 'addresses';
const MOST_KEPT = 20; // more than a list for people needs; the oldest goes
const MOST_PINS = 200;

const kept = z.object({
  addresses: z.array(knownAddress).max(MOST_KEPT),
  /** Certificates that a person accepted, by `host:port`. */
  pins: z.record(z.string().max(300), fingerprint),
});
type Kept = z.infer<typeof kept>;

/** What was opened by hand before, and which certificates were accepted for it. Holds no secret. */
export class AddressBook {
  readonly #documents: DocumentStore;
  readonly #clock: Clock;
  #kept: Kept = { addresses: [], pins: {} };
  #ready: Promise<void> | undefined;

  constructor(documents: DocumentStore, clock: Clock) {
    this.#documents = documents;
    this.#clock = clock;
  }

  /** Resolves when it was read. A damaged document is an empty one. */
  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  /** The last one first. */
  list(): KnownAddress[] {
    return [...this.#kept.addresses];
  }

  pinOf(place: string): string | undefined {
    return this.#kept.pins[place];
  }

  async pin(place: string, accepted: string): Promise<void> {
    const others = pinsWithout(this.#kept.pins, place);
    const pins: [string, string][] = [...others, [place, accepted]];
    await this.#keep({ ...this.#kept, pins: Object.fromEntries(pins.slice(-MOST_PINS)) });
  }

  async note(address: string, view: LaunchView): Promise<void> {
    const others = this.#kept.addresses.filter((one) => one.address !== address || one.view !== view);
    const noted = { address, view, openedAtMs: this.#clock.wallMs() };
    await this.#keep({ ...this.#kept, addresses: [noted, ...others].slice(0, MOST_KEPT) });
  }

  /** `place`: whose certificate goes with it. */
  async forget(address: string, view: LaunchView, place: string | undefined): Promise<void> {
    const pins = Object.fromEntries(pinsWithout(this.#kept.pins, place));
    const addresses = this.#kept.addresses.filter((one) => one.address !== address || one.view !== view);
    await this.#keep({ addresses, pins });
  }

  async #keep(next: Kept): Promise<void> {
    this.#kept = next;
    await this.#documents.write(DOCUMENT, next);
  }

  async #load(): Promise<void> {
    const parsed = kept.safeParse(await this.#documents.read(DOCUMENT));
    if (parsed.success) this.#kept = parsed.data;
  }
}

const pinsWithout = (pins: Kept['pins'], place: string | undefined) =>
  Object.entries(pins).filter(([one]) => one !== place);
