import type { DocumentStore } from '../engine/deps.ts';
import { OverlayDocuments } from './overlayDocuments.ts';

/** What only the app itself may go on with: two programs at the same queue would send everything twice. */
const appOnly: ReadonlySet<string> = new Set(['transfers', 'migrations', 'history', 'samples']);

/** The documents of the app, as a command beside it may have them: its queue is another one, in memory. */
export class PrivateDocuments implements DocumentStore {
  readonly #shared: DocumentStore;
  readonly #own = new OverlayDocuments();

  constructor(shared: DocumentStore) {
    this.#shared = shared;
  }

  read(name: string): Promise<unknown> {
    return this.#of(name).read(name);
  }

  async update(name: string, change: (now: unknown) => unknown): Promise<void> {
    const documents = this.#of(name);
    if (documents.update) await documents.update(name, change);
    else await documents.write(name, change(await documents.read(name)));
  }

  write(name: string, value: unknown): Promise<void> {
    return this.#of(name).write(name, value);
  }

  #of(name: string): DocumentStore {
    return appOnly.has(name) ? this.#own : this.#shared;
  }
}
