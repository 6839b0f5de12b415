// The demo as a person or a script runs it: ready in time, and gone without a trace however it is told to end.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { dist, root } from '../../../build/paths.mjs';

const READY_MS = 90_000; // issue 2
const ENDED_MS = 5_000; // issue 2
const isLinux = process.platform === 'linux';
const isBuilt = existsSync(join(dist, 'cli.mjs')) && existsSync(join(dist, 'page', 'index.html'));

interface Ready {
  readonly event: string;
  readonly url: string;
  readonly api: string;
  readonly username: string;
  readonly password: string;
  readonly fingerprint: string;
}

interface Demo {
  readonly child: ChildProcess;
  readonly ready: Ready;
  readonly lines: string[];
  readonly mark: string;
  readonly temporaryDir: string;
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** Processes that were started with the mark in their environment, by id. */
function marked(mark: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark) ? [Number(name)] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}

async function startDemo(command: string, args: string[]): Promise<Demo> {
  const mark = `SLUICE_TEST_MARK=${randomUUID()}`;
  const temporaryDir = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const [name, value] = mark.split('=') as [string, string];
  const env = { ...process.env, [name]: value, TMPDIR: temporaryDir };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  cleanUps.push(() => {
    for (const pid of marked(mark)) process.kill(pid, 'SIGKILL');
    rmSync(temporaryDir, { recursive: true, force: true });
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  await once(reader, 'line', { signal: AbortSignal.timeout(READY_MS) });
  return { child, ready: JSON.parse(lines[0] ?? '') as Ready, lines, mark, temporaryDir };
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** All processes and sockets of the demo are gone within the promised time, and so are its files. */
async function expectGone(demo: Demo): Promise<void> {
  const deadline = performance.now() + ENDED_MS;
  while (marked(demo.mark).length > 0 && performance.now() < deadline) await sleep(50);
  expect(marked(demo.mark)).toEqual([]);
  expect(await isListening(demo.ready.url)).toBe(false);
  expect(await isListening(demo.ready.api)).toBe(false);
  const left = readdirSync(demo.temporaryDir).filter((name) => name !== 'node-compile-cache'); // npm's own, kept by it
  expect(left).toEqual([]);
  expect(demo.lines).toHaveLength(1);
}

const cli = [join(dist, 'cli.mjs'), 'demo', '--no-open', '--json'];
const npmArgs = ['run', '--silent', 'demo', '--', '--no-open', '--json'];

describe.skipIf(!isBuilt || !isLinux)('sluice demo', { timeout: READY_MS + 30_000 }, () => {
  it('prints one line with everything needed to sign in, and its address works once', async () => {
    const demo = await startDemo(process.execPath, cli);
    const { ready } = demo;
    expect(Object.keys(ready)).toEqual(['event', 'url', 'api', 'username', 'password', 'fingerprint']);
    expect(ready.event).toBe('ready');
    expect(ready.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\/[\w-]{20,}$/);
    expect(ready.api).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(ready.username).toBe('root@pam');
    expect(ready.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const status = (url: string) =>
      new Promise((resolve, reject) => {
        request(url, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await status(ready.url)).toBe(303);
    expect(await status(ready.url)).not.toBe(303);
    const exited = once(demo.child, 'exit');
    demo.child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await expectGone(demo);
  });

  it('ends with SIGINT', async () => {
    const demo = await startDemo(process.execPath, cli);
    demo.child.kill('SIGINT');
    await expectGone(demo);
  });

  it('ends when told so while it still starts', async () => {
    const mark = `SLUICE_TEST_MARK=${randomUUID()}`;
    const env = { ...process.env, SLUICE_TEST_MARK: mark.split('=')[1] };
    const child = spawn(process.execPath, cli, { cwd: root, env, stdio: 'ignore' });
    await sleep(150); // anywhere between the first line of code and being ready
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(ENDED_MS) });
    child.kill('SIGTERM');
    await exited;
    expect(marked(mark)).toEqual([]);
  });

  it('through npm, ends with SIGTERM to npm alone', async () => {
    const demo = await startDemo('npm', npmArgs);
    demo.child.kill('SIGTERM');
    await expectGone(demo);
  });

  it('through npm, ends with SIGTERM to the shell between npm and the demo', async () => {
    const demo = await startDemo('npm', npmArgs);
    const pid = demo.child.pid ?? 0;
    const [shell] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(shell), 'SIGTERM');
    await expectGone(demo);
  });

  it('through npm, ends with SIGINT to the whole group, as Ctrl-C sends it', async () => {
    const demo = await startDemo('npm', npmArgs);
    process.kill(-(demo.child.pid ?? 0), 'SIGINT');
    await expectGone(demo);
  });

  it('through npm, ends when npm is killed', async () => {
    const demo = await startDemo('npm', npmArgs);
    demo.child.kill('SIGKILL');
    await expectGone(demo);
  });
});
