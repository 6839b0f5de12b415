import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { root } from '../../../build/paths.mjs';
import { Connection, trustOf } from '../../../electron/engine/session/connection.ts';
import { upidAnswer, versionAnswer } from '../../../electron/engine/api/schemas.ts';
import { FileDocuments } from '../../../electron/hosts/fileDocuments.ts';
import { keyFileText } from '../../../electron/lab/pbs/labKeys.ts';
import { PbsLab } from '../../../electron/lab/pbs/pbsLab.ts';
import { sampleKey } from '../../../electron/lab/pbs/samples.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { snapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import type { Link } from '../../../shared/wire/link.ts';
import { createMemoryLinkPair } from '../../../shared/wire/memoryLink.ts';
import { createPagePeer } from '../../../shared/wire/pagePeer.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import { Canaries } from '../../support/canaries.ts';
import { EngineBench, failureOf, PageState } from '../../support/engineBench.ts';
import { ask } from '../../support/gatewayClient.ts';
import { snapshotOf } from '../../support/pbsBench.ts';
import { until } from '../../support/until.ts';

const PASSWORD = 'Canary-s3cr3t-Passw0rd';
const node = join(root, 'node_modules/.bin/node'); // runs TypeScript as it is

let dir: string;
let bench: EngineBench;
let canaries: Canaries;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-canaries-'));
  canaries = new Canaries();
  bench = await EngineBench.start({
    password: PASSWORD,
    life: false,
    deps: { documents: new FileDocuments(join(dir, 'data')) },
  });
  const { lab } = bench;
  canaries.plant('password', PASSWORD);
  canaries.plant('password of the second user', lab.totp.password);
  canaries.plant('TOTP secret', lab.totp.secret);
  for (const code of lab.totp.recoveryCodes) canaries.plant('recovery code', code);
  canaries.plant('token secret', lab.apiToken.split('=').at(-1) ?? '');
});
afterEach(async () => {
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

/** What the server handed out is known only afterwards. */
function plantIssued(): void {
  const before = canaries.count;
  for (const [index, secret] of bench.lab.issuedSecrets.entries())
    canaries.plant(`issued ${index} ${secret.slice(0, 7)}`, secret);
  expect(canaries.count).toBeGreaterThan(before);
}

/** A page all of whose frames from the engine are looked at. */
async function openWatchedPage(): Promise<PageState> {
  const [page, backend] = createMemoryLinkPair();
  const watched: Link = {
    label: backend.label,
    maxFrameBytes: backend.maxFrameBytes,
    send: (frame) => {
      canaries.saw('frames to the page', Buffer.from(frame).toString('latin1'));
      backend.send(frame);
    },
    onFrame: (listener) => backend.onFrame(listener),
    onClose: (listener) => backend.onClose(listener),
    start: () => backend.start(),
    close: () => backend.close(),
  };
  bench.host.engine.attach(watched);
  const state = new PageState(createPagePeer(page, systemClock));
  await state.page.call('app.hello', { wireVersion });
  return state;
}

async function openConsole(state: PageState, view: 'vnc' | 'terminal') {
  const channel = state.console('qemu/100', view);
  channel.onData((chunk) => channel.consumed(chunk.length));
  channel.onEnd(() => {});
  channel.onClose(() => {});
  channel.start();
  if (view === 'vnc') channel.write(Buffer.from('RFB 003.008\n'));
  if (view === 'vnc') channel.write(Uint8Array.of(1));
  await until(() => state.statuses.get(channel.number)?.steps.at(-1)?.phase === 'open', view);
}

it('lets no secret out: not to pages, logs, files, URLs, command lines or errors', async () => {
  const { lab } = bench;
  const state = await openWatchedPage();
  const failures = [await failureOf(bench.login(state.page, { username: 'root@pam', password: `${PASSWORD}-wrong` }))];
  const challenge = await bench.login(state.page, lab.totp);
  const challengeId = challenge.kind === 'second-factor' ? challenge.challengeId : '';
  canaries.plant('TOTP code', '987654');
  failures.push(await failureOf(state.page.call('session.answer', { challengeId, kind: 'totp', code: '987654' })));
  const [tokenId = '', secret = ''] = lab.apiToken.replace('PVEAPIToken=', '').split('=');
  const address = lab.address;
  await state.page.call('session.loginWithToken', { address, acceptFingerprint: lab.fingerprint, tokenId, secret });
  await until(() => state.guests.size > 0);
  await bench.login(state.page);
  await until(() => state.cluster.user === 'root@pam' && state.cluster.version !== undefined);
  await openConsole(state, 'terminal');
  await openConsole(state, 'vnc');
  const clusterId = state.cluster.id;
  lab.quirks.failAll = { status: 500, reason: `PVE:root@pam:67A1B2C3::AAAA password=${PASSWORD}` };
  await failureOf(state.page.call('guest.power', { clusterId, guestId: 'qemu/101', action: 'reboot' }));
  lab.quirks.failAll = undefined;
  // A page of its own: the door's token is handed to it, once, by its own wish.
  const other = await bench.open();
  const door = await other.page.call('gateway.open', { clusterId, allowsWrites: true, port: 0 });
  canaries.plant('token of the gateway', door.token);
  canaries.saw('answers of the gateway', await ask(door, '/api2/json/access/permissions'));
  canaries.saw('answers of the gateway', await ask(door, '/api2/json/nope'));
  lab.invalidateTickets();
  await until(() => state.cluster.state === 'signed-out');
  canaries.saw('answers of the gateway', await ask(door, '/api2/json/version'));
  const kept = await bench.deps.vault.read(`ticket/${clusterId}`);
  expect(kept, 'what the server no longer takes is not kept').toBeUndefined();

  canaries.saw('log', bench.log.lines.join('\n'));
  canaries.saw('errors', failures);
  canaries.sawFolder('data', join(dir, 'data'));
  for (const { path, query } of lab.requests) canaries.saw('URLs', `${path}?${query}`);
  canaries.sawCommandLines();
  plantIssued();
  expect(canaries.find()).toEqual([]);
  expect(bench.log.lines.length).toBeGreaterThan(0);
});

it('what a crash would print of an error in the engine holds no secret', async () => {
  const { lab } = bench;
  const state = await bench.signedIn();
  const credentials = bench.deps.vault.read(`ticket/${state.cluster.id}`);
  const kept = JSON.parse((await credentials) ?? '{}') as { user: string; ticket: string; csrf: string };
  canaries.plant('ticket', kept.ticket);
  canaries.plant('CSRF token', kept.csrf);
  const connection = new Connection({ address: lab.address, trust: trustOf(lab.fingerprint), clock: systemClock });
  connection.credentials = { kind: 'ticket', product: 'pve', ...kept };
  const path = '/nodes/pve1/qemu/100/status/reboot';
  const crash = async (work: Promise<unknown>) => {
    const error: unknown = await work.then(
      () => new Error('it worked'),
      (caught: unknown) => caught,
    );
    canaries.saw('crash', error);
    canaries.saw('crash', (error as Error).stack ?? '');
  };
  await crash(connection.api.post(path, versionAnswer, { form: { password: PASSWORD } }));
  await crash(connection.api.get('/nope', upidAnswer));
  lab.quirks.neverAnswer = true;
  await crash(connection.api.get('/version', versionAnswer, { timeoutMs: 50 }));
  await crash(connection.api.post(path, upidAnswer, { timeoutMs: 50 }));
  lab.quirks.neverAnswer = false;
  lab.quirks.latencyMs = 500;
  const broken = crash(connection.api.post(path, upidAnswer));
  await until(() => lab.requests.filter((request) => request.path.endsWith('/reboot')).length > 2);
  lab.killConnections({ reset: true });
  await broken;
  lab.quirks.latencyMs = 0;
  lab.invalidateTickets();
  await crash(connection.api.get('/version', versionAnswer));
  connection.dispose();
  expect(canaries.find()).toEqual([]);
});

/** Runs a command of `sluice` from its source, with a diagnostic report of it where it is told to make one. */
function sluice(name: string, args: readonly string[]) {
  const reports = join(dir, 'reports');
  mkdirSync(reports, { recursive: true });
  const flags = ['--report-on-signal', '--report-signal=SIGQUIT', `--report-directory=${reports}`];
  const child = spawn(node, [...flags, join(root, 'electron/cli/cli.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => canaries.saw(`stderr of ${name}`, String(chunk)));
  const ended = once(child, 'close').then(() => out);
  return { child, reports, ended, out: () => out };
}

it('commands let no secret out: not in what they print, in files, command lines or reports of a crash', async () => {
  const { lab } = bench;
  const data = join(dir, 'of-commands');
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const good = ['--password-file', file('password', `${PASSWORD}\n`)];
  const wrong = ['--password-file', file('wrong', `${PASSWORD}-wrong\n`)];
  const token = ['--token-file', file('token', lab.apiToken.replace('PVEAPIToken=', ''))];
  const server = ['--url', lab.baseUrl, '--fingerprint', lab.fingerprint, '--data-dir', data];
  const user = ['--user', 'root@pam'];
  const run = async (name: string, args: string[]) => canaries.saw(`stdout of ${name}`, await sluice(name, args).ended);
  await Promise.all([
    run('login', ['login', ...server, ...user, ...good]),
    run('guests', ['guests', ...server, ...user, ...good]),
    run('guests with a wrong password', ['guests', ...server, ...user, ...wrong]),
    run('guests with a token', ['guests', ...server, ...token, '--json']),
  ]);
  const gateway = sluice('gateway', ['gateway', ...server, ...token, '--json']);
  await until(() => gateway.out().includes('\n'), 'the gateway', 20_000);
  const [first = '', ...rest] = gateway.out().split('\n');
  const door = JSON.parse(first) as { url: string; token: string };
  canaries.plant('token of the gateway', door.token);
  canaries.saw('answers of the gateway', await ask(door, '/api2/json/nodes'));
  canaries.sawCommandLines();
  gateway.child.kill('SIGQUIT');
  await until(() => existsSync(gateway.reports) && hasFiles(gateway.reports), 'the report', 20_000);
  gateway.child.kill('SIGTERM');
  await gateway.ended;
  canaries.saw('stdout of the gateway', rest.join('\n'));
  canaries.sawFolder('reports', gateway.reports);
  canaries.sawFolder('data', data);
  plantIssued();
  expect(canaries.find()).toEqual([]);
}, 60_000);

it('a restore lets neither token nor key out, also not in the report of a crash in its middle', async () => {
  const lab = await PbsLab.start({ quirks: { authDelayMs: 0, chunkDelayMs: 100 } });
  try {
    const keyPassword = 'canary of the key password';
    const key = Buffer.from(sampleKey.secret);
    canaries.plant('secret of the token', lab.apiToken.secret);
    canaries.plant('password of the key', keyPassword);
    canaries.plant('key, base64', key.toString('base64'));
    canaries.plant('key, hex', key.toString('hex'));
    const file = (name: string, text: string) => {
      writeFileSync(join(dir, name), text, { mode: 0o600 });
      return join(dir, name);
    };
    const folder = join(dir, 'restored');
    mkdirSync(folder);
    const { ref } = snapshotOf(lab, '200');
    const image = 'drive-scsi0.img.fidx';
    const restore = sluice('restore', [
      ...['restore', snapshotName(ref.type, ref.id, ref.timeS), image, '--datastore', ref.datastore, '--ns', 'secret'],
      ...['--output', join(folder, 'image'), '--json', '--url', `https://${lab.address}`],
      ...['--fingerprint', lab.fingerprint, '--data-dir', join(dir, 'of-restore')],
      ...['--token-file', file('pbs-token', `${lab.apiToken.id}:${lab.apiToken.secret}`)],
      ...['--key-file', file('key', keyFileText(sampleKey, 'scrypt', keyPassword))],
      ...['--key-password-file', file('key-password', keyPassword)],
    ]);
    await until(() => restore.out().includes('"progress"'), 'the first pieces', 20_000);
    canaries.sawCommandLines();
    restore.child.kill('SIGQUIT');
    await until(() => existsSync(restore.reports) && hasFiles(restore.reports), 'the report', 20_000);
    canaries.saw('stdout of restore', await restore.ended);
    expect(restore.child.exitCode).toBe(0);
    canaries.sawFolder('reports', restore.reports);
    expect(existsSync(join(dir, 'of-restore'))).toBe(false); // nothing is kept at all
    expect(canaries.find()).toEqual([]);
  } finally {
    await lab.close();
  }
}, 60_000);

function hasFiles(folder: string): boolean {
  const probe = new Canaries();
  probe.plant('anything', '"reportVersion"');
  probe.sawFolder('', folder);
  return probe.find().length > 0;
}

it('would find a secret in each of these places', () => {
  const probe = new Canaries();
  probe.plant('ticket', 'PVE:root@pam:67A1B2C3::c2lnbg==');
  probe.saw('URL', 'https://x/?t=PVE%3Aroot%40pam%3A67A1B2C3%3A%3Ac2lnbg%3D%3D');
  probe.saw('error', new Error('outer', { cause: { headers: { Cookie: 'PVE:root@pam:67A1B2C3::c2lnbg==' } } }));
  probe.saw('clean', 'PVE:root@pam');
  expect(probe.find().map(({ place }) => place)).toEqual(['URL', 'error']);
});
