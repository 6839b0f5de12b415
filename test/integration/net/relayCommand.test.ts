import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { runRelay } from '../../../electron/cli/relayCommand.ts';
import { acceptWebSocket } from '../../../electron/engine/net/acceptWebSocket.ts';
import { parseAddress } from '../../../electron/engine/net/address.ts';
import { connectTcp, connectUnix } from '../../../electron/engine/net/connector.ts';
import { openWebSocket } from '../../../electron/engine/net/openWebSocket.ts';
import { SocketDuplex } from '../../../electron/engine/net/socketDuplex.ts';
import type { Transport } from '../../../electron/engine/net/transport.ts';
import { firstWrong, patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { listenPlain, type Peer, testCertificate } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const host = '127.0.0.1';
const peers: Peer[] = [];
const ends: (() => Promise<unknown>)[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  for (const peer of peers.splice(0)) peer.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Line {
  readonly event: string;
  readonly address: string;
  readonly port: number;
  readonly [key: string]: unknown;
}

/** Runs the command as the shell would, without a process. */
function relay(...argv: string[]) {
  const lines: Line[] = [];
  const errors: string[] = [];
  const controller = new AbortController();
  const io = { out: (line: string) => lines.push(JSON.parse(line) as Line), err: (line: string) => errors.push(line) };
  const done = runRelay([...argv, '--json'], io, controller.signal);
  const end = () => {
    controller.abort();
    return done;
  };
  ends.push(end);
  const of = (event: string) => lines.filter((line) => line.event === event);
  const listening = async () => {
    await until(() => lines.length > 0, 'the first line');
    return lines[0] as Line;
  };
  return { lines, errors, done, end, of, listening };
}

async function echo(server?: net.Server) {
  const peer = await listenPlain((socket) => socket.pipe(socket), server ?? net.createServer({ allowHalfOpen: true }));
  peers.push(peer);
  return peer.port;
}

async function tryEcho(duplex: Transport, bytes = 500_000) {
  const recorder = new Recorder(duplex);
  duplex.start();
  duplex.write(patternBytes(bytes));
  await until(() => recorder.bytes === bytes, 'the echo');
  expect(firstWrong(recorder.received, 0)).toBe(-1);
  duplex.end();
  await until(() => recorder.isClosed, 'the end');
  return recorder;
}

function temporary(name: string, text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  folders.push(folder);
  const path = join(folder, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

describe('sluice relay', () => {
  it('relays TCP, says where it listens, what it moved, and why a relay ended', async () => {
    const command = relay('--listen', 'tcp://127.0.0.1:0', '--to', `tcp://127.0.0.1:${await echo()}`, '--stats', '0.1');
    const first = await command.listening();
    expect(first).toEqual({ event: 'listening', address: `tcp://127.0.0.1:${first.port}`, port: first.port });
    await tryEcho(await connectTcp({ host, port: first.port }));
    await until(() => command.of('closed').length === 1);
    expect(command.of('closed')[0]).toMatchObject({
      id: 1,
      reason: 'ended',
      up: { bytes: 500_000, heldBytes: 0, paused: false },
      down: { bytes: 500_000 },
    });
    await until(() => command.of('stats').length > 0);
    expect(command.of('stats').at(-1)).toMatchObject({ heldBytes: 0, budgetBytes: 64 << 20 });
    expect(await command.end()).toBe(0);
  });

  it('listens on a Unix socket and as a WebSocket with a secret path', async () => {
    const port = await echo();
    const path = temporary('end');
    const unix = relay('--listen', `unix:${path}`, '--to', `tcp://127.0.0.1:${port}`);
    await unix.listening();
    await tryEcho(await connectUnix({ path }));
    const ws = relay('--listen', 'ws://127.0.0.1:0', '--to', `tcp://127.0.0.1:${port}`);
    const { address } = await ws.listening();
    const url = new URL(address);
    expect(url.pathname.length).toBeGreaterThan(20);
    await tryEcho(await openWebSocket({ address: parseAddress(url.host), path: url.pathname }));
    for (const [given, headers] of [
      ['/', {}],
      [`${url.pathname}x`, {}],
      [url.pathname, { Origin: 'https://evil.example' }],
      [url.pathname, { Host: 'evil.example' }],
    ] as const) {
      const attempt = openWebSocket({ address: parseAddress(url.host), path: given, headers });
      await expect(attempt).rejects.toMatchObject({ detail: { status: given === url.pathname ? 403 : 404 } });
    }
  });

  it('relays to TLS servers by CA file or fingerprint, and to none without', async () => {
    const certificate = testCertificate();
    const to = `tls://127.0.0.1:${await echo(tls.createServer({ ...certificate, allowHalfOpen: true }))}`;
    const ca = temporary('ca.pem', certificate.ca);
    for (const trust of [
      ['--tls-ca', ca],
      ['--ca-file', ca],
      ['--fingerprint', certificate.fingerprint],
    ]) {
      const command = relay('--listen', 'tcp://127.0.0.1:0', '--to', to, ...trust);
      await tryEcho(await connectTcp({ host, port: (await command.listening()).port }));
    }
    const strict = relay('--listen', 'tcp://127.0.0.1:0', '--to', to);
    const duplex = await connectTcp({ host, port: (await strict.listening()).port });
    const recorder = new Recorder(duplex);
    duplex.start();
    await until(() => recorder.isClosed);
    expect(strict.of('failed')[0]?.['reason']).toContain('Nobody this machine trusts vouches for');
  });

  it('relays to WebSocket servers with the headers of a file, which nothing prints', async () => {
    const requests: string[] = [];
    const peer = await listenPlain(
      (socket) => {
        const authorize = ({ head }: { head: { fields: ReadonlyMap<string, string> } }) => {
          requests.push(head.fields.get('cookie') ?? '');
          return undefined;
        };
        void acceptWebSocket(new SocketDuplex(socket, 'server'), { authorize }).then((duplex) => {
          duplex.onData((chunk) => duplex.write(chunk, () => duplex.consumed(chunk.length)));
          duplex.onEnd(() => duplex.end());
          duplex.start();
        });
      },
      net.createServer({ pauseOnConnect: true, allowHalfOpen: true }),
    );
    peers.push(peer);
    const file = temporary('headers', '# a ticket\nCookie: PVEAuthCookie=PVE%3Asecret\n');
    const to = `ws://127.0.0.1:${peer.port}/console?vncticket=alsosecret`;
    const command = relay('--listen', 'tcp://127.0.0.1:0', '--to', to, '--header-file', file, '--stats', '0.1');
    await tryEcho(await connectTcp({ host, port: (await command.listening()).port }));
    expect(requests).toEqual(['PVEAuthCookie=PVE%3Asecret']);
    await until(() => command.of('stats').length > 0 && command.of('closed').length > 0);
    expect(JSON.stringify(command.lines)).not.toContain('secret');
  });

  it('closes a connection whose target is not there, reading nothing, and lives on', async () => {
    const port = await echo();
    for (const peer of peers.splice(0)) peer.close();
    await quiet();
    const command = relay('--listen', 'tcp://127.0.0.1:0', '--to', `tcp://127.0.0.1:${port}`);
    const address = { host, port: (await command.listening()).port };
    for (let n = 1; n <= 2; n += 1) {
      const duplex = await connectTcp(address);
      const recorder = new Recorder(duplex);
      duplex.start();
      await until(() => recorder.isClosed && command.of('failed').length === n);
    }
    expect(command.of('failed')[0]?.['reason']).toContain('refused the connection');
  });

  it('refuses connections for which its budget has no room, and takes them again later', async () => {
    const to = `tcp://127.0.0.1:${await echo()}`;
    const sizes = ['--window', '16K', '--budget', '40K']; // 8 KiB are kept for each direction of two relays
    const command = relay('--listen', 'tcp://127.0.0.1:0', '--to', to, ...sizes);
    const address = { host, port: (await command.listening()).port };
    const open: Transport[] = [];
    for (let n = 0; n < 2; n += 1) {
      const duplex = await connectTcp(address);
      open.push(duplex);
      const recorder = new Recorder(duplex);
      duplex.start();
      duplex.write(patternBytes(10));
      await until(() => recorder.bytes === 10);
    }
    const extra = net.connect(address).on('error', () => {}); // it may be cut before it is open
    await until(() => extra.closed && command.of('failed').length === 1);
    for (const duplex of open) duplex.dispose();
    await until(() => command.of('closed').length === 2);
    await tryEcho(await connectTcp(address), 100_000);
  });

  it('drains on being told to end: what it holds still arrives, then it is gone', async () => {
    const total = 3_000_000;
    const peer = await listenPlain((socket) => socket.end(patternBytes(total)));
    peers.push(peer);
    const command = relay('--listen', 'tcp://127.0.0.1:0', '--to', `tcp://127.0.0.1:${peer.port}`);
    const duplex = await connectTcp({ host, port: (await command.listening()).port });
    const recorder = new Recorder(duplex, { isHolding: true });
    duplex.start();
    await until(() => duplex.isPaused);
    const ended = command.end();
    await quiet();
    recorder.release();
    await until(() => recorder.hasEnded);
    expect(firstWrong(recorder.received, 0)).toBe(-1);
    duplex.end();
    expect(await ended).toBe(0);
  });

  it('says in a sentence what is wrong with its arguments and ends with 2', async () => {
    const good = ['--listen', 'tcp://127.0.0.1:0', '--to', 'tcp://127.0.0.1:1'];
    const cases: [string[], RegExp][] = [
      [[], /'--listen' is missing/],
      [['--listen', 'tcp://127.0.0.1:0'], /'--to' is missing/],
      [['--listen', 'tcp://0.0.0.0:0', '--to', 'tcp://h:1'], /--allow-remote/],
      [['--listen', 'tls://127.0.0.1:0', '--to', 'tcp://h:1'], /takes tcp:\/\/, ws:\/\/ or unix:/],
      [['--listen', 'tcp://127.0.0.1:0', '--to', 'http://h:1'], /cannot be used/],
      [['--listen', 'tcp://127.0.0.1:0', '--to', 'tcp://h:99999'], /port from 1 to 65535/],
      [['--listen', 'tcp://127.0.0.1:0', '--to', 'ws://me:secret@h/'], /header file/],
      [[...good, '--window', '12'], /'--window' takes/],
      [[...good, '--budget', '1M'], /two windows/],
      [[...good, '--heartbeat', 'soon'], /'--heartbeat' takes seconds/],
      [[...good, '--fingerprint', 'AB'.repeat(32)], /for tls/],
      [['--listen', 'unix:/x', '--to', 'tls://h:1', '--fingerprint', 'AB'], /64 hex digits/],
      [[...good, '--header-file', '/does/not/exist'], /could not be read \(ENOENT\)/],
      [[...good, '--frobnicate'], /frobnicate/],
    ];
    for (const [argv, reason] of cases) {
      const command = relay(...argv);
      expect(await command.done, argv.join(' ')).toBe(2);
      expect(command.errors.length).toBe(1);
      expect(command.errors[0]).toMatch(reason);
      expect(command.errors[0]).not.toContain('secret');
    }
    const taken = relay('--listen', `tcp://127.0.0.1:${await echo()}`, '--to', 'tcp://127.0.0.1:1');
    expect(await taken.done).toBe(1);
    expect(taken.errors[0]).toContain('in use already');
  });
});
