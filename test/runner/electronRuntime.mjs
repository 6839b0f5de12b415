// How end-to-end tests start an Electron.
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { sharedTools } from '../../build/electronRuntime.mjs';

/** Puts a display, and where it can be an empty network, around a command. */
export function withDisplay(command, args) {
  const isolated = join(sharedTools, 'isolated');
  if (process.getuid?.() === 0 && existsSync(isolated)) return [isolated, [command, ...args]];
  if (process.platform !== 'linux' || process.env.DISPLAY) return [command, args];
  return ['xvfb-run', ['-a', '-s', '-screen 0 1440x900x24', command, ...args]];
}

const TEST_USER = 'sluice-test';

/** Wraps a command to run as a user of its own. Undefined where that cannot be, or where such a user could not read us. */
export function asOtherUser(root) {
  const isolated = join(sharedTools, 'isolated');
  if (process.getuid?.() !== 0 || !existsSync(isolated)) return undefined;
  const isReadable = (path) => (statSync(path).mode & 0o005) === 0o005;
  for (let path = root; ; path = dirname(path)) {
    if (!isReadable(path)) return undefined;
    if (path === dirname(path)) break;
  }
  return (command, args) => [isolated, ['--user', TEST_USER, command, ...args]];
}
