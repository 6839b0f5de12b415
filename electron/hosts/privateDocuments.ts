import type { DocumentStore } from '../engine/deps.ts';
import { OverlayDocuments } from './overlayDocuments.ts';

/** What only the app itself may go on with: two programs at the same queue would send everything twice. */
const appOnly: ReadonlySet<string> = new Set(['transfers']);

/** The documents of the app, as a command beside it may have them: its queue is another one, in memory. */
export class PrivateDocuments implements DocumentStore {
  readonly #shared: DocumentStore;
  readonly #own = new OverlayDocuments();

  constructor(shared: DocumentStore) {
    this.#shared = shared;
  }

  read(name: string): Promise<unknown> {
    return (appOnly.has(name) ? this.#own : this.#shared).read(name);
  }

  write(name: string, value: unknown): Promise<void> {
    return (appOnly.has(name) ? this.#own : this.#shared).write(name, value);
  }
}
