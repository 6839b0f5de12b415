import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import type { AppError } from '../../../shared/base/errors.ts';
import type { Params, Result } from '../../../shared/wire/contract.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { startPlainVnc } from '../../support/plainVnc.ts';
import { listenPlain, testCertificate } from '../../support/sockets.ts';
import { until } from '../../support/until.ts';

const PASSWORD = 'k3pt-1n!'; // VNC looks at eight characters

let bench: EngineBench;
let page: PageState;
let closers: (() => unknown)[] = [];

checkLeaks();

beforeEach(async () => {
  bench = await EngineBench.start({ life: false });
  page = await bench.open();
});

afterEach(async () => {
  await bench.close();
  for (const close of closers.toReversed()) await close();
  closers = [];
});

const open = (wish: Params<'address.open'>) => page.page.call('address.open', wish);

/** What a page sees of an opened console. */
class Seen {
  readonly channel: Channel;
  text = '';
  error: AppError | undefined;

  constructor(opened: Result<'address.open'>) {
    if (opened.kind !== 'console') throw new Error(`It gave a ${opened.kind}.`);
    const { target, view } = opened;
    this.channel = page.page.open('console', { target, view, cols: 80, rows: 24 });
    this.channel.onData((chunk) => {
      this.text += Buffer.from(chunk).toString('latin1');
      this.channel.consumed(chunk.length);
    });
    this.channel.onEnd(() => {});
    this.channel.onClose((reason) => {
      if (reason.kind === 'failed') this.error = reason.error;
    });
    this.channel.start();
  }

  type(text: string): void {
    this.channel.write(Buffer.from(text, 'latin1'));
  }

  /** As a view of RFB answers the engine's greeting. */
  async greet(): Promise<void> {
    await until(() => this.text.startsWith('RFB 003.008\n'));
    this.channel.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.of(1, 1)])); // no security, shared
  }
}

/** Says nothing until it is typed to, as a serial port does; then says it back in capitals. */
const serialPort = (socket: Socket) => {
  socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
  socket.on('error', () => {});
};

async function isSerial(seen: Seen): Promise<void> {
  await until(() => page.statuses.get(seen.channel.number)?.steps.at(-1)?.phase === 'open');
  expect(seen.text).toBe('');
  seen.type('login\r');
  await until(() => seen.text === 'LOGIN\r');
}

describe('a console at an address of its own', () => {
  it('a screen asks for its password, takes the right one in the same tab, and is remembered without it', async () => {
    const server = await startPlainVnc(PASSWORD);
    closers.push(() => server.close());
    const address = `vnc://127.0.0.1:${server.port}`;
    const without = await open({ address });
    const first = new Seen(without);
    void first.greet();
    await until(() => first.error !== undefined);
    expect(first.error).toMatchObject({
      code: 'login-failed',
      retry: 'never',
      message: expect.stringContaining('asks for a password') as string,
    });

    const opened = await open({ address, password: PASSWORD });
    expect(opened).toEqual(without);
    const seen = new Seen(opened);
    await seen.greet();
    await until(() => seen.text.includes('plain'));
    expect(await page.page.call('address.list', {})).toMatchObject({ addresses: [{ address, view: 'vnc' }] });
    seen.channel.dispose();
    expect([...bench.documents.texts.values()].join()).not.toContain(PASSWORD);
    expect(bench.log.lines.join()).not.toContain(PASSWORD);
  });

  it('a serial port is open though it says nothing, and takes what is typed as it is', async () => {
    const server = await listenPlain(serialPort);
    closers.push(() => server.close());
    const seen = new Seen(await open({ address: `tcp://127.0.0.1:${server.port}`, view: 'terminal' }));
    await isSerial(seen);
    await page.page.call('console.resize', { channel: seen.channel.number, cols: 100, rows: 30 });
    seen.type('\u0003');
    await until(() => seen.text === 'LOGIN\r\u0003'); // nothing was framed, no size was sent
    seen.channel.dispose();
  });

  it('a Unix socket is a serial port too, except on Windows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-address-'));
    const path = join(folder, 'serial.sock');
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      serialPort(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true });
    });
    const seen = new Seen(await open({ address: `unix:${path}`, view: 'terminal' }));
    await isSerial(seen);
    seen.channel.dispose();
  });

  it('a WebSocket shows its certificate first, is pinned to the accepted one, and stops where it changed', async () => {
    const sites = [testCertificate(), testCertificate()];
    const [first, second] = sites;
    if (!first || !second) throw new Error('no certificates');
    const https = createHttps({ cert: first.cert, key: first.key });
    const sockets = new WebSocketServer({ server: https });
    let requests = 0;
    sockets.on('connection', (socket) => {
      requests += 1;
      socket.on('message', (data: Buffer) => socket.send(data.toString().toUpperCase(), { binary: true }));
    });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      https.closeAllConnections();
      https.close();
    });
    const { port } = https.address() as { port: number };
    const wish = { address: `wss://127.0.0.1:${port}/serial?token=s3cr3t`, view: 'terminal' as const };

    const asked = await open(wish);
    expect(asked).toMatchObject({
      kind: 'certificate',
      certificate: { trust: 'unknown', fingerprint: first.fingerprint },
    });
    expect(requests).toBe(0);
    const seen = new Seen(await open({ ...wish, acceptFingerprint: first.fingerprint }));
    await isSerial(seen);
    seen.channel.dispose();

    https.setSecureContext({ cert: second.cert, key: second.key });
    const changed = await open(wish);
    expect(changed).toMatchObject({
      certificate: {
        trust: 'changed',
        fingerprint: second.fingerprint,
        acceptedFingerprint: first.fingerprint,
      },
    });
    const again = new Seen(await open({ ...wish, acceptFingerprint: second.fingerprint }));
    await isSerial(again);
    again.channel.dispose();
    expect(requests).toBe(2);
    expect([...bench.documents.texts.values()].join()).not.toContain('s3cr3t');
    expect(JSON.stringify([page.meters, bench.log.lines])).not.toContain('s3cr3t');
  });

  it('a console under way breaks off where another certificate stands at its next opening', async () => {
    const [first, second] = [testCertificate(), testCertificate()];
    const server = tls.createServer({ cert: first.cert, key: first.key });
    const peer = await listenPlain(serialPort, server);
    closers.push(() => peer.close());
    const address = `tls://127.0.0.1:${peer.port}`;
    const opened = await open({ address, view: 'terminal', acceptFingerprint: first.fingerprint });
    server.setSecureContext({ cert: second.cert, key: second.key });
    const seen = new Seen(opened);
    await until(() => seen.error !== undefined);
    expect(seen.error).toMatchObject({ code: 'certificate-changed', retry: 'never' });
  });

  it('is remembered over a restart, opened anew by its address, and forgotten with its certificate', async () => {
    const certificate = testCertificate();
    const peer = await listenPlain(serialPort, tls.createServer({ cert: certificate.cert, key: certificate.key }));
    closers.push(() => peer.close());
    const address = `tls://127.0.0.1:${peer.port}`;
    const wish = { address, view: 'terminal' as const };
    const opened = await open({ ...wish, acceptFingerprint: certificate.fingerprint });
    await bench.restart();
    page = await bench.open();
    expect(await page.page.call('address.list', {})).toMatchObject({ addresses: [wish] });
    const before = new Seen(opened);
    await until(() => before.error !== undefined);
    expect(before.error).toMatchObject({ code: 'not-found' });
    const seen = new Seen(await open(wish)); // no question: the certificate is still accepted
    await isSerial(seen);
    seen.channel.dispose();
    await page.page.call('address.forget', wish);
    expect(await page.page.call('address.list', {})).toEqual({ addresses: [] });
    expect(await open(wish)).toMatchObject({ kind: 'certificate', certificate: { trust: 'unknown' } });
  });

  it.each([
    [{ address: 'ssh://127.0.0.1' }, 'invalid', 'begins with none'],
    [{ address: 'tcp://127.0.0.1:99999' }, 'invalid', 'port from 1 to 65535'],
    [{ address: 'ws://127.0.0.1:6080', view: 'spice' as const }, 'unsupported', 'SPICE viewers connect over TCP'],
    [{ address: 'wss://127.0.0.1:1' }, 'refused', '127.0.0.1:1'],
  ])('%o is refused with a sentence', async (wish, code, words) => {
    expect(await failureOf(open(wish))).toMatchObject({ code, message: expect.stringContaining(words) as string });
  });
});
