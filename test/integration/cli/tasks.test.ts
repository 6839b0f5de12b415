import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { runTasks } from '../../../electron/cli/tasks/runTasks.ts';
import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import { until } from '../../support/until.ts';

let lab: Lab;
let dir: string;
beforeEach(async () => {
  lab = await startLab({ life: false, quirks: { authDelayMs: 0, resourcesLagMs: 0, taskPace: 20 } });
  dir = mkdtempSync(join(tmpdir(), 'sluice-tasks-'));
  writeFileSync(join(dir, 'token'), lab.apiToken.replace('PVEAPIToken=', ''), { mode: 0o600 });
});
afterEach(async () => {
  await lab.close();
  rmSync(dir, { recursive: true });
});

const server = () => ['--url', lab.baseUrl, '--fingerprint', lab.fingerprint, '--token-file', join(dir, 'token')];

interface TaskLine {
  event: string;
  upid: string;
  type: string;
  guest: number;
  progress?: number;
  etaSeconds?: [number, number];
  status: string;
}

async function ran(words: readonly string[], outer?: AbortSignal) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await runTasks([...words, ...server()], io, outer);
  return { code, err, out };
}

it('migrates, tells how far it is in lines of JSON, and ends with 0 when it is there', async () => {
  const { code, out } = await ran(['migrate', 'web-frontend', 'pve2', '--wait', '--json']);
  expect(code).toBe(0);
  const lines = out.map((line) => JSON.parse(line) as TaskLine);
  expect(lines.every(({ event, type, guest }) => event === 'task' && type === 'qmigrate' && guest === 101)).toBe(true);
  const bars = lines.flatMap(({ progress }) => progress ?? []);
  expect(bars.length).toBeGreaterThan(1);
  expect(lines.at(-1)).toMatchObject({ status: 'ok', progress: 1 });

  const listed = await ran(['tasks', '--json']);
  expect(listed.code).toBe(0);
  const upids = listed.out.map((line) => (JSON.parse(line) as TaskLine).upid);
  expect(upids).toContain(lines[0]?.upid);
});

it('ends with 1 where there is no such guest, node or way, and with 2 where the line is wrong', async () => {
  expect((await ran(['migrate', 'nobody', 'pve2'])).code).toBe(1);
  expect((await ran(['migrate', '101', 'nowhere', '--wait'])).code).toBe(1);
  expect((await ran(['migrate', '101'])).code).toBe(2);
  expect((await ran(['tasks', '--wait'])).code).toBe(2);
});

it('watches until it is told to end', async () => {
  const end = new AbortController();
  const watching = ran(['tasks', '--watch', '--json'], end.signal);
  const started = await ran(['migrate', '101', 'pve2', '--json']);
  expect(started.code).toBe(0);
  await until(() => lab.requests.filter(({ path }) => path.includes('/cluster/tasks')).length > 2);
  end.abort();
  expect((await watching).code).toBe(0);
});
