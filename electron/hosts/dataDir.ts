import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a program of this name keeps its data on this system. */
export function defaultDataDir(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Sluice');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sluice');
  const base = env['XDG_CONFIG_HOME'];
  return join(base?.startsWith('/') ? base : join(homedir(), '.config'), 'sluice');
}
