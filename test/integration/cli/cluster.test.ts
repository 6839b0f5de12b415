import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readClusterCommand } from '../../../electron/cli/cluster/clusterArguments.ts';
import { type LocalTerminal, runConsole } from '../../../electron/cli/cluster/consoleCommand.ts';
import { runCluster } from '../../../electron/cli/cluster/runCluster.ts';
import { runUntilEnded } from '../../../electron/cli/runCommand.ts';
import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import { createAuthority } from '../../../electron/lab/pki/certificate.ts';
import { createEmbeddedGuest } from '../../../electron/lab/guests/embeddedGuest.ts';
import { ask } from '../../support/gatewayClient.ts';
import { until } from '../../support/until.ts';

let lab: Lab;
let dir: string;
beforeEach(async () => {
  lab = await startLab({
    quirks: { authDelayMs: 0, resourcesLagMs: 0 },
    createBackend: ({ vmid, name }) => Promise.resolve(createEmbeddedGuest({ vmid, name })),
    life: false,
  });
  dir = mkdtempSync(join(tmpdir(), 'sluice-cluster-'));
  writeFileSync(join(dir, 'password'), `${lab.password}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'token'), `${lab.apiToken.replace('PVEAPIToken=', '')}\n`, { mode: 0o600 });
});
afterEach(async () => {
  await lab.close();
  rmSync(dir, { recursive: true });
});

const password = () => ['--password-file', join(dir, 'password')];
const token = () => ['--token-file', join(dir, 'token')];
const data = () => ['--data-dir', join(dir, 'data')];
const server = () => ['--url', lab.baseUrl, '--fingerprint', lab.fingerprint];

/** Runs a verb to its end, or until `outer` is aborted. */
async function run(argv: readonly string[], outer?: AbortSignal) {
  const out: string[] = [];
  const err: string[] = [];
  const done = runCluster(argv, { out: (line) => out.push(line), err: (line) => err.push(line) }, outer);
  return { out, err, done };
}

async function ran(argv: readonly string[]) {
  const { out, err, done } = await run(argv);
  return { code: await done, out, err };
}

describe('sluice gateway', () => {
  it('says where it listens in its first line, serves the API, and ends cleanly', async () => {
    const end = new AbortController();
    const argv = ['gateway', ...server(), '--user', 'root@pam', ...password(), '--json'];
    const { out, done } = await run(argv, end.signal);
    await until(() => out.length > 0);
    const door = JSON.parse(out[0] ?? '') as { event: string; url: string; token: string };
    expect(Object.keys(door)).toEqual(['event', 'url', 'token']);
    expect(door.event).toBe('listening');
    expect((await ask(door, '/api2/json/version')).status).toBe(200);
    expect((await ask(door, '/api2/json/nodes/pve1/qemu/100/status/stop', { method: 'POST' })).status).toBe(403);
    end.abort();
    expect(await done).toBe(0);
    await expect(ask(door, '/api2/json/version')).rejects.toThrow();
  });

  it('signs in again by itself when the server no longer takes its ticket', async () => {
    const end = new AbortController();
    const argv = ['gateway', ...server(), '--user', 'root@pam', ...password(), '--json'];
    const { out, err, done } = await run(argv, end.signal);
    await until(() => out.length > 0);
    const door = JSON.parse(out[0] ?? '') as { url: string; token: string };
    lab.invalidateTickets();
    expect([401, 503]).toContain((await ask(door, '/api2/json/version')).status);
    await until(() => err.some((line) => /Signed in again/.test(line)));
    expect((await ask(door, '/api2/json/version')).status).toBe(200);
    end.abort();
    expect(await done).toBe(0);
  });

  it('takes a token, and writes where that was allowed', async () => {
    const end = new AbortController();
    const { out, done } = await run(['gateway', ...server(), ...token(), '--allow-writes', '--json'], end.signal);
    await until(() => out.length > 0);
    const door = JSON.parse(out[0] ?? '') as { url: string; token: string };
    const answer = await ask(door, '/api2/json/nodes/pve1/qemu/100/status/reboot', { method: 'POST' });
    expect(answer.text).toContain('UPID:');
    const sent = lab.requests.find(({ method }) => method === 'POST');
    expect(sent?.headers.get('authorization')).toBe(lab.apiToken);
    expect(sent?.headers.has('cookie')).toBe(false);
    end.abort();
    expect(await done).toBe(0);
  });
});

describe('sluice login, clusters and guests', () => {
  it('adds a cluster to the list with its trust and without its secret, and finds it there by its name', async () => {
    const added = await ran(['login', ...server(), '--user', 'root@pam', ...password(), ...data(), '--json']);
    expect(added.code).toBe(0);
    const { name } = JSON.parse(added.out[0] ?? '') as { name: string };
    expect(name).toBe('lab');
    const kept = readdirSync(join(dir, 'data')).map((file) => readFileSync(join(dir, 'data', file), 'utf8'));
    expect(kept.join('\n')).toContain(lab.fingerprint);
    expect(kept.join('\n')).not.toContain(lab.password);
    const before = statSync(join(dir, 'data', 'clusters.json')).mtimeMs;
    const listed = await ran(['clusters', ...data(), '--json']);
    expect(JSON.parse(listed.out[0] ?? '')).toMatchObject([{ name: 'lab', address: lab.address, user: 'root@pam' }]);
    const guests = await ran(['guests', '--cluster', 'lab', ...password(), ...data(), '--json']);
    const rows = JSON.parse(guests.out[0] ?? '') as { vmid: number; name: string }[];
    expect(rows).toHaveLength(12);
    expect(rows.map(({ vmid }) => vmid)).toEqual(rows.map(({ vmid }) => vmid).sort((a, b) => a - b));
    const table = await ran(['guests', '--cluster', lab.address, ...token(), ...data()]);
    expect(table.out).toHaveLength(12);
    expect(table.out.join('\n')).toContain('web-frontend');
    expect(statSync(join(dir, 'data', 'clusters.json')).mtimeMs).toBe(before);
  });

  it('lists nothing where nothing is, and makes no folder to say so', async () => {
    const { code, out } = await ran(['clusters', ...data()]);
    expect(code).toBe(0);
    expect(out.join('')).toContain('list is empty');
    expect(existsSync(join(dir, 'data'))).toBe(false);
  });

  it('sends nothing to a certificate that was not given, and fails with a sentence', async () => {
    const other = lab.fingerprint.replace(/^../, (pair) => (pair === '00' ? '01' : '00'));
    const argv = ['guests', '--url', lab.baseUrl, '--fingerprint', other, '--user', 'root@pam', ...password()];
    expect((await ran(argv)).code).toBe(1);
    expect((await ran(['login', '--url', lab.baseUrl, '--user', 'root@pam', ...password(), ...data()])).code).toBe(1);
    expect(lab.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect((await ran(['guests', '--cluster', 'nowhere', ...password(), ...data()])).code).toBe(1);
  });

  it('trusts what the authority of a file signs, remembers it with the cluster, and no other authority', async () => {
    writeFileSync(join(dir, 'ca.pem'), lab.caPem);
    writeFileSync(join(dir, 'other.pem'), createAuthority([['O', 'Somebody else']], Date.now()).certificatePem);
    writeFileSync(join(dir, 'none.pem'), 'not a certificate');
    const by = (file: string) => ['--url', lab.baseUrl, '--ca-file', join(dir, file)];
    for (const file of ['other.pem', 'none.pem', 'missing.pem']) {
      expect((await ran(['guests', ...by(file), ...token()])).code).toBe(1);
    }
    expect(lab.requests).toHaveLength(0);
    expect((await ran(['guests', ...by('ca.pem'), ...token()])).out).toHaveLength(12);
    const login = ['login', ...by('ca.pem'), '--user', 'root@pam', ...password(), ...data()];
    expect((await ran(login)).code).toBe(0);
    const guests = ['guests', '--cluster', 'lab', ...password(), ...data()];
    expect((await ran(guests)).out).toHaveLength(12);
    lab.replaceCertificate();
    expect((await ran(guests)).out).toHaveLength(12); // the same authority signed it
    lab.replaceCertificate({ newAuthority: true });
    expect((await ran(guests)).code).toBe(1);
  });

  it('does not let an authority take the place of a certificate that a person accepted', async () => {
    writeFileSync(join(dir, 'ca.pem'), lab.caPem);
    expect((await ran(['login', ...server(), '--user', 'root@pam', ...password(), ...data()])).code).toBe(0);
    lab.forgetRequests();
    const login = ['login', '--url', lab.baseUrl, '--ca-file', join(dir, 'ca.pem'), '--user', 'root@pam'];
    expect((await ran([...login, ...password(), ...data()])).code).toBe(1);
    expect(lab.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('refuses a changed certificate of a listed cluster', async () => {
    await ran(['login', ...server(), '--user', 'root@pam', ...password(), ...data()]);
    lab.replaceCertificate();
    lab.forgetRequests();
    expect((await ran(['guests', '--cluster', 'lab', ...password(), ...data()])).code).toBe(1);
    expect(lab.requests).toHaveLength(0);
  });
});

/** A terminal of 100 by 30 that a test types into. */
class FakeTerminal {
  readonly modes: boolean[] = [];
  readonly notes: string[] = [];
  text = '';
  readonly input = Object.assign(new EventEmitter(), {
    isTTY: true,
    pause: () => this.input,
    resume: () => this.input,
    setRawMode: (isRaw: boolean) => {
      this.modes.push(isRaw);
      return this.input;
    },
  });
  readonly output = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: 100,
    rows: 30,
    write: (chunk: Uint8Array, done?: () => void) => {
      this.text += Buffer.from(chunk).toString();
      done?.();
      return true;
    },
  });

  get terminal(): LocalTerminal {
    return { input: this.input, output: this.output, note: (line: string) => this.notes.push(line) } as never;
  }

  type(text: string): void {
    this.input.emit('data', Buffer.from(text));
  }
}

describe('sluice console', () => {
  it('joins the terminal with the guest, follows its size, and gives it back at Ctrl-]', async () => {
    const fake = new FakeTerminal();
    const command = readClusterCommand(['console', 'dns', '--terminal', ...server(), ...token()]);
    if (command === 'help' || command.verb !== 'console') throw new Error('not a console');
    const done = runUntilEnded((context) => runConsole(command, context, undefined, fake.terminal));
    await until(() => fake.modes.length > 0 && fake.text.length > 0);
    fake.type('echo typed-$((40+2))\r');
    await until(() => /typed-/.test(fake.text));
    fake.output.columns = 71;
    fake.output.emit('resize');
    fake.type('stty size\r');
    await until(() => /30 71/.test(fake.text), 'the new size');
    fake.type('\x1dnot sent');
    expect(await done).toBe(0);
    expect(fake.modes).toEqual([true, false]);
    expect(fake.input.listenerCount('data')).toBe(0);
    expect(fake.text).not.toContain('not sent');
  });

  it('is refused in a pipe, and for a guest that is not there', async () => {
    const argv = ['console', 'nobody', '--terminal', ...server(), ...token()];
    expect((await ran(argv)).code).toBe(1);
    const command = readClusterCommand(argv);
    if (command === 'help' || command.verb !== 'console') throw new Error('not a console');
    const fake = new FakeTerminal();
    expect(await runUntilEnded((context) => runConsole(command, context, undefined, fake.terminal))).toBe(1);
    expect(fake.modes).toEqual([]);
  });
});

it.each([
  [['guests'], /needs --cluster or --url/],
  [['guests', '--cluster', 'a', '--url', 'https://b'], /exclude each other/],
  [['guests', '--url', 'http://b:8006'], /https:\/\/HOST:PORT/],
  [['guests', '--url', 'https://root:x@b:8006'], /https:\/\/HOST:PORT/],
  [['guests', '--cluster', 'a', '--fingerprint', 'A'.repeat(64)], /goes with --url/],
  [['guests', '--url', 'https://b', '--fingerprint', 'xyz'], /64 hex digits/],
  [['guests', '--cluster', 'a', '--ca-file', 'f'], /goes with --url/],
  [['guests', '--url', 'https://b', '--ca-file', 'f', '--fingerprint', 'A'.repeat(64)], /exclude each other/],
  [['console', 'g', '--ca-file', 'f'], /add --terminal/],
  [['guests', '--cluster', 'a', '--password', 'x'], /Unknown option '--password'/],
  [['guests', '--cluster', 'a', '--allow-writes'], /belongs to 'gateway'/],
  [['guests', '--cluster', 'a', '--password-file', 'p', '--token-file', 't'], /exclude each other/],
  [['gateway', '--cluster', 'a', '--port', '70000'], /0 to 65535/],
  [['console', '--cluster', 'a', '--terminal'], /needs a guest/],
  [['console', 'g', '--url', 'https://a:1'], /add --terminal/],
  [['console', 'g', '--cluster', 'a', '--password-file', 'f'], /signed in itself/],
  [['login'], /needs --url/],
])('says what is wrong with %j', async (argv, words) => {
  const { code, err } = await ran(argv);
  expect(code).toBe(2);
  expect(err.join('')).toMatch(words);
});
