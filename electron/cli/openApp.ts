import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../../shared/base/clock.ts';

const OPENER_ANSWERS_WITHIN_MS = 3_000; // xdg-open stays for as long as some browsers do

const distDir = dirname(fileURLToPath(import.meta.url));
const appDir = dirname(distDir);

const executables: Readonly<Record<string, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

function hasDisplay(env: NodeJS.ProcessEnv): boolean {
  return process.platform !== 'linux' || Boolean(env.DISPLAY ?? env.WAYLAND_DISPLAY);
}

/** The Electron that is installed, unless it could not show a window here. Root may not start one with its sandbox. */
export function findElectron(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (!hasDisplay(env) || process.getuid?.() === 0) return undefined;
  const folder = env.ELECTRON_OVERRIDE_DIST_PATH ?? join(appDir, 'node_modules', 'electron', 'dist');
  const path = join(folder, executables[process.platform] ?? 'electron');
  return existsSync(path) && existsSync(join(distDir, 'main.mjs')) ? path : undefined;
}

/** Starts the shell. `demo`, a secret, goes by the environment. */
export function openElectron(path: string, options: { dataDir: string; demo: unknown }): ChildProcess {
  const args = ['-r', join(distDir, 'early.cjs'), appDir, `--data-dir=${options.dataDir}`];
  const env = { ...process.env, SLUICE_DEMO: JSON.stringify(options.demo) };
  return spawn(path, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts the shell as a person would: it goes on when the command has ended. */
export function startElectron(path: string, dataDir: string | undefined): void {
  const args = ['-r', join(distDir, 'early.cjs'), appDir, ...(dataDir === undefined ? [] : [`--data-dir=${dataDir}`])];
  spawn(path, args, { stdio: 'ignore', detached: true }).unref();
}

/** Asks the system to show an address. False: nothing here could. The address works once, so it may be an argument. */
export async function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  if (!hasDisplay(env)) return false;
  const [command, args] = browserCommand(url);
  const child = spawn(command, args, { stdio: 'ignore', detached: process.platform !== 'win32' });
  child.unref();
  return new Promise((resolve) => {
    const timer = systemClock.timer(OPENER_ANSWERS_WITHIN_MS, () => resolve(true));
    const finish = (isOpen: boolean) => {
      timer.dispose();
      resolve(isOpen);
    };
    child.once('error', () => finish(false));
    child.once('exit', (code) => finish(code === 0));
  });
}

function browserCommand(url: string): [string, string[]] {
  if (process.platform === 'darwin') return ['open', [url]];
  if (process.platform === 'win32') return ['cmd', ['/c', 'start', '', url]];
  return ['xdg-open', [url]];
}
