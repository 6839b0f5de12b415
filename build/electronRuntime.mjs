// Where an Electron is, for packages and for end-to-end tests.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './paths.mjs';

export const sharedTools = join(root, '..', 'shared', 'tools');
const FETCH_MS = 5 * 60_000; // 100 MB on a slow line

/**
 * The folder of an Electron: one that was named, the package's own, or, where neither is there, one fetched now.
 * `isForTests`: it came from the shared tools, and is not what may be given to anybody.
 * @returns {{ folder?: string, reason?: string, isForTests?: boolean }}
 */
export function findElectronRuntime() {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (named) return { folder: named, isForTests: named.includes('electron-runtime') };
  const own = join(root, 'node_modules', 'electron', 'dist');
  if (existsSync(own)) return { folder: own };
  const fetcher = join(sharedTools, 'electron-runtime');
  if (existsSync(fetcher)) {
    const fetched = spawnSync(fetcher, [], { encoding: 'utf8', timeout: FETCH_MS });
    if (fetched.status === 0) return { folder: fetched.stdout.trim(), isForTests: true };
  }
  const installer = join(root, 'node_modules', 'electron', 'install.js');
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: FETCH_MS });
  return existsSync(own) ? { folder: own } : { reason: 'no Electron runtime is here and none could be fetched' };
}
