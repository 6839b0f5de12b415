import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { run } from './command.ts';

export interface KernelModule {
  readonly name: string;
  readonly content: Buffer;
}

const packers: Readonly<Record<string, string>> = { xz: 'xz', zst: 'zstd', gz: 'gzip' };

/**
 * The named modules and all they need, in loading order. Dependencies are read from the modules themselves, so that no
 * depmod is needed. Names that are not there (built in, or gone) are left out.
 */
export async function resolveModules(
  folder: string,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<KernelModule[]> {
  const files = await moduleFiles(folder);
  const found = new Map<string, KernelModule>();
  const add = async (name: string): Promise<void> => {
    const path = files.get(name);
    if (!path || found.has(name)) return;
    const content = await readModule(path, signal);
    for (const needed of dependencies(content)) await add(needed);
    found.set(name, { name, content });
  };
  for (const name of names) await add(canonical(name));
  return [...found.values()];
}

/** What the `depends=` line of a module's `.modinfo` section names. */
export function dependencies(module: Buffer): string[] {
  const at = module.indexOf('\0depends=');
  if (at < 0) return [];
  const end = module.indexOf(0, at + 1);
  const text = module.toString('latin1', at + '\0depends='.length, end);
  return text
    .split(',')
    .filter((name) => name !== '')
    .map(canonical);
}

async function moduleFiles(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true })) {
    const match = /^(.+)\.ko(?:\.(?:xz|zst|gz))?$/.exec(basename(entry));
    if (match?.[1]) files.set(canonical(match[1]), join(folder, entry));
  }
  return files;
}

async function readModule(path: string, signal?: AbortSignal): Promise<Buffer> {
  const packer = packers[/\.ko\.(\w+)$/.exec(path)?.[1] ?? ''];
  return packer ? run(packer, ['-dc', path], { signal, maxOutputBytes: 64 << 20 }) : readFile(path);
}

/** The kernel takes `-` and `_` for the same. */
const canonical = (name: string): string => name.replaceAll('-', '_');
