import type { DocumentStore } from '../engine/deps.ts';

/** Documents of somebody else: read, and what is written stays in this process. */
export class OverlayDocuments implements DocumentStore {
  readonly #below: DocumentStore | undefined;
  readonly #own = new Map<string, unknown>();

  /** Without `below` it begins empty. */
  constructor(below?: DocumentStore) {
    this.#below = below;
  }

  read(name: string): Promise<unknown> {
    if (this.#own.has(name)) return Promise.resolve(this.#own.get(name));
    return this.#below?.read(name) ?? Promise.resolve(undefined);
  }

  write(name: string, value: unknown): Promise<void> {
    this.#own.set(name, structuredClone(value));
    return Promise.resolve();
  }
}
