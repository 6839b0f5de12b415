// The two apps of `start.mjs`: Sluice as it is packaged, and the same Electron with an empty page.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

import { createPackage } from '@electron/asar';

import { cpuSeconds, family, pssKiB } from './processes.mjs';

const root = join(import.meta.dirname, '../..');
const READY_MS = 60_000;
const END_MS = 10_000;

export const sluiceDir = join(root, 'out', 'linux-unpacked');
export const emptyDir = join(root, 'out', 'empty-app');

/** The same files of the same disk, so that both are as warm; only what is in app.asar differs. */
export async function makeEmptyApp() {
  rmSync(emptyDir, { recursive: true, force: true });
  execFileSync('cp', ['-al', sluiceDir, emptyDir]);
  const archive = join(emptyDir, 'resources', 'app.asar');
  rmSync(archive); // a link to Sluice's own
  const staged = mkdtempSync(join(root, 'out', 'empty-'));
  cpSync(join(import.meta.dirname, 'emptyApp'), staged, { recursive: true });
  await createPackage(staged, archive);
  rmSync(staged, { recursive: true });
}

/** Starts an app. `user`: who runs it where we are root, so that its sandbox is on. */
export function launch(dir, dataDir, { user, args = [] } = {}) {
  const command = [join(dir, 'sluice'), '--remote-debugging-port=0', `--data-dir=${dataDir}`, ...args];
  const all = user ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...command] : command;
  const startedMs = performance.timeOrigin + performance.now();
  const env = { ...process.env, HOME: dataDir };
  const child = spawn(all[0], all.slice(1), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  return new RunningApp(child, startedMs);
}

class RunningApp {
  #child;
  #startedMs;
  #toolsPort;
  #text = '';

  constructor(child, startedMs) {
    this.#child = child;
    this.#startedMs = startedMs;
    this.#toolsPort = new Promise((resolve, reject) => {
      child.stderr.on('data', (chunk) => {
        this.#text += chunk;
        const match = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(this.#text);
        if (match) resolve(Number(match[1]));
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`The app ended with ${code}:\n${this.#text}`)));
    });
    this.#toolsPort.catch(() => {});
  }

  get pid() {
    return this.#child.pid;
  }

  get toolsPort() {
    return this.#toolsPort;
  }

  /** Seconds of all its processes until now. */
  get cpuSeconds() {
    return cpuSeconds(this.pid);
  }

  get text() {
    return this.#text;
  }

  get processes() {
    return family(this.pid).length;
  }

  get pssKiB() {
    return pssKiB(this.pid);
  }

  /**
   * When the element of that name was painted, in ms after the start. Looks only after `quietMs`, so that nobody
   * listens while the app starts: the browser remembers when it painted what.
   */
  async paintedMs(name, quietMs) {
    const port = await this.#toolsPort;
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    const deadlineMs = performance.now() + READY_MS;
    for (;;) {
      const atMs = await askPage(port, paintTime(name));
      if (typeof atMs === 'number') return atMs - this.#startedMs;
      if (performance.now() > deadlineMs) throw new Error(`Nothing called ${name} was painted:\n${this.#text}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  evaluate(script) {
    return this.#toolsPort.then((port) => askPage(port, script));
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    this.#child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  }
}

/** The first paint of an element with this `elementtiming`, as a time since the epoch; undefined where there is none. */
const paintTime = (name) => `new Promise((resolve) => {
  const observer = new PerformanceObserver((list) => {
    const first = list.getEntries().find(({ identifier }) => identifier === ${JSON.stringify(name)});
    resolve(first && performance.timeOrigin + first.renderTime);
  });
  observer.observe({ type: 'element', buffered: true });
  setTimeout(resolve, 200);
})`;

/** Evaluates in the first page of a browser, over its protocol. Undefined where there is no page yet. */
async function askPage(port, expression) {
  const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const page = pages.find(({ type }) => type === 'page');
  if (!page) return undefined;
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  try {
    return await new Promise((resolve, reject) => {
      socket.addEventListener('error', () => reject(new Error('The page was gone.')));
      socket.addEventListener('open', () => {
        const params = { expression, awaitPromise: true, returnByValue: true };
        socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
      });
      socket.addEventListener('message', ({ data }) => {
        const { id, result } = JSON.parse(data);
        if (id === 1) resolve(result?.result?.value);
      });
    });
  } finally {
    socket.close();
  }
}
