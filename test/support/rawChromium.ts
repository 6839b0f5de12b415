import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { WebSocket } from 'ws';

export interface RawPage {
  /** As Playwright's: runs a function in the page and returns what it resolves to. */
  evaluate<T, A = undefined>(fn: (argument: A) => T | Promise<T>, argument?: A): Promise<T>;
  /** Puts another page in front, so that this one is really hidden: no frames, timers held back. */
  hide(): Promise<void>;
  /** Memory of all of the browser's processes. Linux only. */
  residentMib(): number;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown };
}

/**
 * Chromium with one page, spoken to directly. For measuring: Playwright has every WebSocket message copied to itself,
 * which takes half of a flood's speed.
 */
export async function openRawPage(executablePath: string, url: string, landsAt = url): Promise<RawPage> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-chromium-'));
  const flags = ['headless', 'no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-sync'];
  const rest = ['disable-background-networking', 'disable-component-update', 'window-size=1000,700'];
  const browser = spawn(
    executablePath,
    [...flags, ...rest, 'remote-debugging-port=0', `user-data-dir=${dir}`].map((flag) => `--${flag}`).concat(url),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = once(browser, 'exit');
  const place = await debuggerPlace(browser.stderr);
  browser.stderr.resume();
  const socket = new WebSocket(await targetOf(place, landsAt), { perMessageDeflate: false });
  await once(socket, 'open');
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let lastId = 0;
  return {
    async evaluate<T, A>(fn: (argument: A) => T | Promise<T>, argument?: A): Promise<T> {
      lastId += 1;
      const id = lastId;
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      const expression = `(${String(fn)})(${JSON.stringify(argument) ?? ''})`;
      const params = { expression, awaitPromise: true, returnByValue: true };
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
      const { result } = await answered;
      waiting.delete(id);
      if (result?.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
      return result?.result?.value as T;
    },
    async hide() {
      await fetch(`http://${place}/json/new?about:blank`, { method: 'PUT' });
    },
    residentMib: () => residentMib(dir),
    async close() {
      socket.close();
      browser.kill();
      await exited;
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function debuggerPlace(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const place = /ws:\/\/([^/]+)\//.exec(line)?.[1];
    if (place) return place;
  }
  throw new Error('Chromium ended before it listened');
}

async function targetOf(place: string, url: string): Promise<string> {
  for (;;) {
    const targets = (await (await fetch(`http://${place}/json`)).json()) as Array<Record<string, string>>;
    const target = targets.find((one) => one.url === url)?.webSocketDebuggerUrl;
    if (target) return target;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function residentMib(dir: string): number {
  let kib = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)) continue;
      kib += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // it ended meanwhile
    }
  }
  return kib / 1024;
}
