import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { runTasks } from '../../../electron/cli/tasks/runTasks.ts';
import { createEmbeddedGuest } from '../../../electron/lab/guests/embeddedGuest.ts';
import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import { until } from '../../support/until.ts';

const quirks = { authDelayMs: 0, resourcesLagMs: 0, taskPace: 50, remoteStreamBytes: 256 << 10 };

let source: Lab;
let target: Lab;
let dir: string;
beforeEach(async () => {
  const createBackend = ({ vmid, name }: { vmid: number; name: string }) =>
    Promise.resolve(createEmbeddedGuest({ vmid, name }));
  source = await startLab({ name: 'here', life: false, quirks, createBackend });
  target = await startLab({ name: 'there', life: false, quirks, createBackend });
  dir = mkdtempSync(join(tmpdir(), 'sluice-elsewhere-'));
  writeFileSync(join(dir, 'token'), source.apiToken.replace('PVEAPIToken=', ''), { mode: 0o600 });
  writeFileSync(join(dir, 'target-token'), target.apiToken.replace('PVEAPIToken=', ''), { mode: 0o600 });
  writeFileSync(join(dir, 'password'), target.password, { mode: 0o600 });
});
afterEach(async () => {
  await Promise.all([source.close(), target.close()]);
  rmSync(dir, { recursive: true });
});

interface Line {
  event: string;
  upid: string;
  type: string;
  guest: number;
  progress?: number;
  status: string;
  bridge?: { accepted: number; connections: number };
}

const byPassword = () => ['--target-user', 'root@pam', '--target-password-file', join(dir, 'password')];
const byToken = () => ['--target-token-file', join(dir, 'target-token')];

async function ran(words: readonly string[], outer?: AbortSignal) {
  const out: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => out.push(line) };
  const here = ['--url', source.baseUrl, '--fingerprint', source.fingerprint, '--token-file', join(dir, 'token')];
  const there = ['--target-url', target.baseUrl, '--target-fingerprint', target.fingerprint];
  const code = await runTasks([...words, ...here, ...there, '--json'], io, outer);
  return { code, out, lines: () => out.map((line) => JSON.parse(line) as Line) };
}

it('moves a guest to another cluster with a token of its own, and ends with 0 when both it and the token are through', async () => {
  const words = ['migrate', 'web-frontend', 'nas', '--target-vmid', '4101', '--delete-source', ...byPassword()];
  const { code, lines } = await ran(words);
  expect(code).toBe(0);
  expect(lines().every(({ event, type, guest }) => event === 'task' && type === 'qmigrate' && guest === 101)).toBe(
    true,
  );
  expect(lines().at(-1)).toMatchObject({ status: 'ok', progress: 1 });
  expect(target.guests.get(4101)).toMatchObject({ name: 'web-frontend', qmpstatus: 'running' });
  expect(source.guests.has(101)).toBe(false);
  expect(target.tokensOf('root@pam')).toEqual(['lab']);
});

it('goes through this machine where it is told to, and shows what the bridge carries beside the task', async () => {
  source.quirks.remoteBytesPerSecond = 3_000;
  const through = ['--through', '127.0.0.1', '--listen', '127.0.0.1', '--allow-from', '127.0.0.1'];
  const moving = ran(['migrate', '101', 'nas', ...byToken(), ...through]);
  await until(() => target.receivedStreams.length > 0, 'the streams', 15_000);
  source.quirks.remoteBytesPerSecond = 0;
  const { code, lines } = await moving;
  expect(code).toBe(0);
  expect(lines().at(-1)?.bridge?.accepted).toBeGreaterThan(2);
  expect(source.guests.get(101)).toMatchObject({ status: 'stopped' }); // kept, as nothing else was said
});

it('ends with 1 and the words of the clusters where it cannot be', async () => {
  expect((await ran(['migrate', '101', 'nowhere', ...byToken()])).code).toBe(1);
  expect((await ran(['migrate', '101', 'nas', '--target-vmid', '102', ...byToken()])).code).toBe(1);
  const bridge = await ran(['migrate', '101', 'nas', '--target-bridge', 'vmbr9', ...byToken()]);
  expect(bridge.code).toBe(1);
  expect(source.guests.get(101)).toMatchObject({ status: 'running', lock: undefined });
});

it('is stopped with the command, and neither guest nor token is left over there', async () => {
  source.quirks.remoteBytesPerSecond = 1_000;
  const end = new AbortController();
  const moving = ran(['migrate', '101', 'nas', '--target-vmid', '4101', ...byPassword()], end.signal);
  await until(() => target.receivedStreams.length > 0, 'the streams', 15_000);
  end.abort();
  await moving;
  await until(() => !target.guests.has(4101), 'the target to clean up');
  await until(() => source.guests.get(101)?.lock === undefined, 'the source to clean up');
  expect(source.guests.get(101)).toMatchObject({ status: 'running' });
  expect(target.tokensOf('root@pam')).toEqual(['lab']);
});

it('ends with 2 where the line is wrong', async () => {
  for (const words of [
    ['migrate', '101', 'south:nas'],
    ['migrate', '101', 'nas', '--storage-map', 'local-lvm'],
    ['migrate', '101', 'nas', '--through', 'a:b:c'],
    ['migrate', '101', 'nas', '--listen', '127.0.0.1'],
    ['migrate', '101', 'nas', '--target-vmid', '7'],
    ['migrate', '101', 'nas', '--target-storage', 'nas'],
    ['tasks', '--delete-source'],
  ])
    expect((await ran(words)).code, words.join(' ')).toBe(2);
});
