import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { DocumentStore } from '../engine/deps.ts';
import { isAlive } from './isAlive.ts';
import { lockFile } from './lockFile.ts';

const toText = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

/** JSON files in one folder. A write goes to another file first, so what is there is whole or the old one. */
export class FileDocuments implements DocumentStore {
  readonly #dir: string;
  readonly #writing = new Map<string, Promise<void>>();
  #count = 0;
  #swept: Promise<void> | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Undefined where there is none or where it is not JSON any more. */
  async read(name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#path(name), 'utf8')) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Writes of one name follow each other. */
  write(name: string, value: unknown): Promise<void> {
    const text = toText(value);
    return this.#inTurn(name, () => this.#replace(name, text));
  }

  /** Under a lock that other processes of Sluice take too. */
  update(name: string, change: (now: unknown) => unknown): Promise<void> {
    return this.#inTurn(name, async () => {
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      const unlock = await lockFile(`${this.#path(name)}.lock`);
      try {
        await this.#replace(name, toText(change(await this.read(name))));
      } finally {
        await unlock();
      }
    });
  }

  #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#writing.get(name) ?? Promise.resolve();
    const next = before.then(work, work);
    this.#writing.set(name, next);
    return next;
  }

  async #replace(name: string, text: string): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    this.#swept ??= this.#sweep();
    await this.#swept;
    this.#count += 1;
    const draft = `${this.#path(name)}.${process.pid}.${this.#count}.tmp`;
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync(); // or a power cut leaves an empty file under the right name
      } finally {
        await file.close();
      }
      await rename(draft, this.#path(name));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  /** Drafts of a process that was killed in the middle of a write. */
  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#dir)) {
      const pid = /^[a-z][a-z0-9-]*\.json\.(\d+)\.\d+\.tmp$/.exec(name)?.[1];
      if (pid === undefined || isAlive(Number(pid))) continue;
      await rm(join(this.#dir, name), { force: true });
    }
  }

  #path(name: string): string {
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) throw new Error(`"${name}" is not the name of a document.`);
    return join(this.#dir, `${name}.json`);
  }
}
