import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runCluster } from '../../../electron/cli/cluster/runCluster.ts';
import { answerControl, type Windows } from '../../../electron/hosts/control/answerControl.ts';
import { type ControlServer, startControlServer } from '../../../electron/hosts/control/controlServer.ts';
import { controlPath } from '../../../electron/hosts/control/controlPath.ts';
import { FileDocuments } from '../../../electron/hosts/fileDocuments.ts';
import { startLab } from '../../../electron/lab/lab.ts';
import { createEmbeddedGuest } from '../../../electron/lab/guests/embeddedGuest.ts';
import { EngineBench, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let dir: string;
let bench: EngineBench;
let control: ControlServer | undefined;
const windows: Windows & { shown: number } = {
  shown: 0,
  show: () => void windows.shown++,
  newUrl: () => 'http://x/login/1',
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-app-'));
  windows.shown = 0;
  bench = await EngineBench.start({ life: false, deps: { documents: new FileDocuments(dir) } });
  control = await startControlServer(dir, (request) => answerControl(bench.host.engine, request, windows));
});
afterEach(async () => {
  await control?.close();
  await bench.close();
  rmSync(dir, { recursive: true });
});

async function ran(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const before = process.stderr.write.bind(process.stderr);
  process.stderr.write = (text: string | Uint8Array) => err.push(String(text)) > 0;
  try {
    const code = await runCluster([...argv, '--data-dir', dir], {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
    });
    return { code, out, err: err.join('\n') };
  } finally {
    process.stderr.write = before;
  }
}

function follow({ page }: PageState): string[] {
  const wanted: string[] = [];
  page.on('console.wanted', ({ target }) => wanted.push(target.kind === 'guest' ? target.guestId : target.kind));
  return wanted;
}

describe('sluice console, with the app running', () => {
  it('opens it in the page that came last, by name and by number, and brings the window to the front', async () => {
    const other = follow(await bench.signedIn());
    const wanted = follow(await bench.open());
    await until(() => wanted !== undefined);
    const named = await ran('console', 'web-frontend', '--cluster', 'lab');
    expect(named).toEqual({ code: 0, out: ['web-frontend of lab is open in Sluice.'], err: '' });
    expect((await ran('console', '103', '--json')).out).toEqual(['{"event":"opened","title":"dns of lab"}']);
    await until(() => wanted.length === 2);
    expect([wanted, other, windows.shown]).toEqual([['qemu/101', 'lxc/103'], [], 2]);
  });

  it('gives an address where no page is open, and the first page that comes opens it', async () => {
    const first = await bench.signedIn();
    first.page.close();
    const { out } = await ran('console', '101', '--no-open');
    expect(out).toEqual(['Open http://x/login/1 to see web-frontend of lab.  (works once)']);
    const wanted = follow(await bench.open());
    await until(() => wanted.length > 0);
    expect(wanted).toEqual(['qemu/101']);
  });

  it('says what is wrong in a sentence', async () => {
    const state = await bench.signedIn();
    expect(await ran('console', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/has a guest 'nobody'/) as string,
    });
    expect((await ran('console', '101', '--cluster', 'mars')).err).toMatch(/no such cluster. It has lab/);
    await state.page.call('session.logout', { clusterId: state.cluster.id });
    const wanted = follow(state);
    expect((await ran('console', '101')).err).toMatch(/signed out of lab/);
    await bench.login(state.page);
    await until(() => wanted.length > 0, 'the console, once signed in');
    expect(wanted).toEqual(['qemu/101']);
  });

  it('listens to its owner alone, and to nothing that is not a request', async () => {
    const path = controlPath(dir);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await say(path, 'nonsense\n')).toMatch(/"failed"/);
    expect(await say(path, '{"kind":"open-console","guest":"1","run":"sh"}\n')).toMatch(/"failed"/);
    expect(await say(path, 'x'.repeat(20_000))).toBe('');
    expect(await startControlServer(dir, () => Promise.resolve({ kind: 'done' }))).toBeUndefined();
  });
});

function say(path: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path, () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

it('the running app sees what sluice login adds at once, and does not write it away', async () => {
  const createBackend = ({ vmid, name }: { vmid: number; name: string }) =>
    Promise.resolve(createEmbeddedGuest({ vmid, name }));
  const second = await startLab({ createBackend, life: false, quirks: { authDelayMs: 0 } });
  try {
    const state = await bench.signedIn();
    const list = join(dir, 'clusters.json');
    await until(() => existsSync(list) && readFileSync(list, 'utf8').includes('"lab"'));
    const secret = mkdtempSync(join(tmpdir(), 'sluice-secret-'));
    writeFileSync(join(secret, 'password'), second.password, { mode: 0o600 });
    const server = ['--url', second.baseUrl, '--fingerprint', second.fingerprint, '--user', 'root@pam'];
    const added = await ran('login', ...server, '--password-file', join(secret, 'password'));
    rmSync(secret, { recursive: true });
    expect(added).toMatchObject({ code: 0, out: [`lab at ${second.address} is in the list.`] });
    await until(() => state.clusters.length === 2, 'the app to see it');
    expect(state.clusters.map(({ state: is }) => is).sort()).toEqual(['signed-in', 'signed-out']);
    await bench.login(state.page, { username: 'root@pam', password: bench.lab.password }); // writes the list
    const addresses = () =>
      (
        JSON.parse(readFileSync(join(dir, 'clusters.json'), 'utf8')) as { clusters: { address: string }[] }
      ).clusters.map(({ address }) => address);
    await until(() => addresses().length === 2);
    expect(addresses().sort()).toEqual([bench.lab.address, second.address].sort());
    const added2 = state.clusters.find(({ address }) => address === second.address);
    await state.page.call('cluster.forget', { clusterId: added2?.id ?? '' });
    await until(() => addresses().length === 1, 'what is removed to be gone');
    expect(readdirSync(dir).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  } finally {
    await second.close();
  }
});

it('two programs that write the list at the same time lose nothing of each other', async () => {
  const [one, two] = [new FileDocuments(dir), new FileDocuments(dir)];
  const add = (documents: FileDocuments, value: number) =>
    documents.update('numbers', (now) => [...((now as number[] | undefined) ?? []), value]);
  await Promise.all(Array.from({ length: 40 }, (_, value) => add(value % 2 === 0 ? one : two, value)));
  const kept = (await one.read('numbers')) as number[];
  expect([...kept].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, value) => value));
});
