import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

// A build that takes longer than this was killed: its folder is rubbish.
const STALE_BUILD_MS = 60 * 60 * 1000;

/** `SLUICE_CACHE_DIR`, or the user's cache folder. */
export function defaultCacheDir(): string {
  const own = process.env['SLUICE_CACHE_DIR'];
  if (own) return own;
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sluice');
}

/** Folders made once, whole or not at all, also when several processes make the same one. */
export class ImageCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The newest entry whose name starts so. */
  async find(prefix: string): Promise<string | undefined> {
    const names = await readdir(this.folder).catch(() => []);
    const found = await Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => this.#dated(name)));
    return found.toSorted((a, b) => b.atMs - a.atMs)[0]?.path;
  }

  /** Makes an entry: `build` fills a folder of its own, which then gets its name. The first one there wins. */
  async make(build: (folder: string) => Promise<string>): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.#removeStale();
    const work = join(this.folder, `.building-${process.pid}-${randomBytes(6).toString('hex')}`);
    await mkdir(work, { mode: 0o700 });
    try {
      const target = join(this.folder, await build(work));
      await rename(work, target).catch(async (error: unknown) => {
        if (!(await isFolder(target))) throw error;
      });
      return target;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  async #dated(name: string): Promise<{ path: string; atMs: number }> {
    const path = join(this.folder, name);
    const atMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    return { path, atMs };
  }

  async #removeStale(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!name.startsWith('.building-')) continue;
      const { path, atMs } = await this.#dated(name);
      if (Date.now() - atMs > STALE_BUILD_MS) await rm(path, { recursive: true, force: true });
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
