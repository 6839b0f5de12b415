import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { findProgram, run, runPiped } from './command.ts';

export interface PackageOptions {
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Whether packages can be fetched and opened here at all; the reason when not. */
export function missingPackageTools(): string | undefined {
  const missing = ['apt-get', 'apt-cache', 'dpkg-deb', 'tar'].filter((name) => !findProgram(name));
  return missing.length > 0 ? `${missing.join(', ')} not found` : undefined;
}

/** The concrete package that Debian's `linux-image-amd64` stands for now. */
export async function currentKernelPackage(signal?: AbortSignal): Promise<string | undefined> {
  const dependsOn = async (name: string) => {
    const text = (await run('apt-cache', ['depends', '--important', name], { signal })).toString();
    return /Depends: (linux-image-[\w.+-]*)/.exec(text)?.[1];
  };
  const attempt = async (name: string) => dependsOn(name).catch(() => undefined);
  const found = (await attempt('linux-image-amd64')) ?? (await attempt('linux-image-generic'));
  signal?.throwIfAborted();
  return found;
}

/** Fetches a package without installing it; needs no rights. Gives the file's path. */
export async function downloadPackage(name: string, { folder, log, signal }: PackageOptions): Promise<string> {
  log(`fetching ${name}`);
  // As root apt warns that its sandbox user cannot write here; it then fetches as root, which is fine.
  await run('apt-get', ['download', '-q', name], { cwd: folder, signal });
  const file = (await readdir(folder)).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'));
  if (!file) throw new Error(`apt-get download ${name} left no file`);
  return join(folder, file);
}

/** Unpacks what the patterns of tar match, as `./usr/bin/*`. */
export async function unpackPackage(
  path: string,
  patterns: readonly string[],
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  await runPiped(['dpkg-deb', '--fsys-tarfile', path], ['tar', '-x', '--no-same-owner', '--wildcards', ...patterns], {
    cwd: target,
    signal,
  });
}

/** False where only root could do it and we are not. */
export async function refreshPackageLists(log: (line: string) => void, signal?: AbortSignal): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  log('fetching package lists');
  await run('apt-get', ['update', '-q'], { signal });
  return true;
}
