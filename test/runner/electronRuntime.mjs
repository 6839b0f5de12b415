// Where end-to-end tests get an Electron from, and how they start it.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { root } from '../../build/paths.mjs';

const tools = join(root, '..', 'shared', 'tools');
const FETCH_MS = 5 * 60_000; // 100 MB on a slow line

/**
 * The folder of an Electron: one that was named, the package's own, or, where neither is there, one fetched now.
 * @returns {{ folder?: string, reason?: string }}
 */
export function findElectronRuntime() {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (named) return { folder: named };
  const own = join(root, 'node_modules', 'electron', 'dist');
  if (existsSync(own)) return { folder: own };
  const fetcher = join(tools, 'electron-runtime');
  if (existsSync(fetcher)) {
    const fetched = spawnSync(fetcher, [], { encoding: 'utf8', timeout: FETCH_MS });
    if (fetched.status === 0) return { folder: fetched.stdout.trim() };
  }
  const installer = join(root, 'node_modules', 'electron', 'install.js');
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: FETCH_MS });
  return existsSync(own) ? { folder: own } : { reason: 'no Electron runtime is here and none could be fetched' };
}

/** Puts a display, and where it can be an empty network, around a command. */
export function withDisplay(command, args) {
  const isolated = join(tools, 'isolated');
  if (process.getuid?.() === 0 && existsSync(isolated)) return [isolated, [command, ...args]];
  if (process.platform !== 'linux' || process.env.DISPLAY) return [command, args];
  return ['xvfb-run', ['-a', '-s', '-screen 0 1440x900x24', command, ...args]];
}

const TEST_USER = 'sluice-test';

/** Wraps a command to run as a user of its own. Undefined where that cannot be, or where such a user could not read us. */
export function asOtherUser(root) {
  const isolated = join(tools, 'isolated');
  if (process.getuid?.() !== 0 || !existsSync(isolated)) return undefined;
  const isReadable = (path) => (statSync(path).mode & 0o005) === 0o005;
  for (let path = root; ; path = dirname(path)) {
    if (!isReadable(path)) return undefined;
    if (path === dirname(path)) break;
  }
  return (command, args) => [isolated, ['--user', TEST_USER, command, ...args]];
}
