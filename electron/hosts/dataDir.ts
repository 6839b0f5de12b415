import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

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

/** Where the desktop app keeps its data: it goes by its full name. */
export const appDataDir = (own: string = defaultDataDir()): string => join(dirname(own), 'Sluice');

/** Where the list of clusters is: of the desktop app, which goes by its full name, else of the web host. */
export function listDataDir(own: string = defaultDataDir()): string {
  const ofApp = appDataDir(own);
  return existsSync(join(ofApp, 'clusters.json')) ? ofApp : own;
}
