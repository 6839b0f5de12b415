import { checkDataMark, dataMarkName, markOf } from '../../shared/wire/dataMark.ts';
import type { DocumentStore } from '../engine/deps.ts';

/**
 * Documents that know which version wrote them last. Where that is a newer one, everything is refused and nothing
 * touched; an older one's are taken over with the first write.
 */
export class MarkedDocuments implements DocumentStore {
  readonly #below: DocumentStore;
  readonly #version: string;
  #checked: Promise<boolean> | undefined;
  #marked: Promise<void> | undefined;

  constructor(below: DocumentStore, version: string) {
    this.#below = below;
    this.#version = version;
  }

  /** They are this version's from now on. Rejects with `unsupported` where a newer one wrote them. */
  claim(): Promise<void> {
    return this.#mark();
  }

  async read(name: string): Promise<unknown> {
    await this.#check();
    return await this.#below.read(name);
  }

  async write(name: string, value: unknown): Promise<void> {
    await this.#mark();
    await this.#below.write(name, value);
  }

  async update(name: string, change: (now: unknown) => unknown): Promise<void> {
    await this.#mark();
    if (this.#below.update) await this.#below.update(name, change);
    else await this.#below.write(name, change(await this.#below.read(name)));
  }

  #check(): Promise<boolean> {
    this.#checked ??= this.#below.read(dataMarkName).then((mark) => checkDataMark(mark, this.#version));
    return this.#checked;
  }

  #mark(): Promise<void> {
    this.#marked ??= this.#check().then((isDue) =>
      isDue ? this.#below.write(dataMarkName, markOf(this.#version)) : undefined,
    );
    return this.#marked;
  }
}
