import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';

import type { LabQuirks } from '../../../electron/lab/quirks.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';
import type { FakeStream } from './fakeStream.ts';
import { LabBench, type RawConnection } from './labBench.ts';
import {
  acceptKey,
  clientFrame,
  type OpenedConsole,
  openSocket,
  readPayload,
  socketRequest,
  takeFrames,
} from './webSocketClient.ts';

checkLeaks();
let bench: LabBench;
const start = async (quirks: Partial<LabQuirks> = {}): Promise<void> => {
  bench = await LabBench.start(quirks);
};
afterEach(() => bench.close());

const VM = '/nodes/pve1/qemu/101';
const openScreen = (path = VM): Promise<OpenedConsole> => bench.data('POST', `${path}/vncproxy`, { websocket: 1 });
const exitOf = (upid: string) => bench.lab.tasks.find((task) => task.upid === upid)?.exitStatus;

/** A screen with both ends in hand. */
async function openedScreen(early?: Buffer<ArrayBuffer>): Promise<{ client: RawConnection; backend: FakeStream }> {
  const client = await openSocket(bench, VM, await openScreen(), early);
  const backend = bench.guests.get(101)?.screens.at(-1);
  if (backend === undefined) throw new Error('no screen was opened');
  return { client, backend: backend.collect() };
}

describe('vncproxy', () => {
  it('gives a port-bound ticket that starts with the password, and the password', async () => {
    await start();
    const opened = await openScreen();
    expect(opened.ticket).toMatch(/^[!-`]{8}:PVEVNC:[0-9A-F]{8}::[A-Za-z0-9+/=]{344}$/);
    expect(opened.password).toBe(opened.ticket.slice(0, 8));
    expect(opened.cert).toBe(bench.lab.caPem);
    const wrongPort = await bench.raw(socketRequest(bench, VM, { port: 5901, ticket: opened.ticket }));
    expect([wrongPort.status, wrongPort.reason]).toEqual([401, 'permission denied - invalid PVEVNC ticket']);
    expect(wrongPort.json.message).toBe('permission denied - invalid PVEVNC ticket\n');
    await openSocket(bench, VM, opened);
    expect(bench.guests.get(101)?.passwords).toEqual([opened.password]);
  });

  it('gives a bare ticket on old servers, whose first eight letters are the password', async () => {
    await start({ ticketStyle: 'old', looseTypes: true });
    const opened = await openScreen();
    expect(opened).not.toHaveProperty('password');
    expect(opened.ticket).toMatch(/^PVEVNC:[0-9A-F]{8}::/);
    expect(opened.port).toBe('5900');
    await openSocket(bench, VM, opened);
    expect(bench.guests.get(101)?.passwords).toEqual([opened.ticket.slice(0, 8)]);
  });

  it('takes generate-password for a VM and not for a container', async () => {
    await start();
    const ask = (path: string) => bench.call('POST', `${path}/vncproxy`, { websocket: 1, 'generate-password': 1 });
    expect((await ask(VM)).status).toBe(200);
    expect((await ask('/nodes/pve1/lxc/103')).status).toBe(400);
  });

  it('lets a ticket open its own guest only, for 40 seconds, with the key of the day', async () => {
    await start();
    const opened = await openScreen();
    const refused = async (): Promise<number> => (await bench.raw(socketRequest(bench, VM, opened))).status;
    expect((await bench.raw(socketRequest(bench, '/nodes/pve1/qemu/102', opened))).status).toBe(401);
    bench.lab.quirks.clockOffsetMs = 41_000;
    expect(await refused()).toBe(401);
    bench.lab.quirks.clockOffsetMs = -21_000;
    expect(await refused()).toBe(401);
    bench.lab.quirks.clockOffsetMs = 0;
    bench.lab.rotateAuthKey();
    expect(await refused()).toBe(401);
  });

  it('waits ten seconds for one connection, then its task fails and the port is dead', async () => {
    await start();
    const opened = await openScreen();
    await bench.clock.advanceAsync(9999);
    expect(exitOf(opened.upid)).toBeUndefined();
    await bench.clock.advanceAsync(1);
    await quiet();
    expect(exitOf(opened.upid)).toBe('connection timed out');
    const late = await bench.connect();
    late.send(socketRequest(bench, VM, opened));
    await quiet();
    expect(late.text).toBe('');
  });
});

describe('the upgrade', () => {
  it('is answered with exactly these lines, the protocol echoed as it came', async () => {
    await start();
    const connection = await bench.connect();
    connection.send(socketRequest(bench, VM, await openScreen(), { 'Sec-WebSocket-Protocol': 'binary, base64' }));
    await until(() => connection.text.includes('\r\n\r\n'), 'the answer');
    expect(connection.text).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptKey}\r\nSec-WebSocket-Protocol: binary, base64\r\n\r\n`,
    );
  });

  it('names no protocol and no extension that nobody asked for', async () => {
    await start();
    const extension = { 'Sec-WebSocket-Protocol': undefined, 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const connection = await bench.connect();
    connection.send(socketRequest(bench, VM, await openScreen(), extension));
    expect([...(await connection.answer()).headers.keys()]).toEqual(['Upgrade', 'Connection', 'Sec-WebSocket-Accept']);
  });

  it('fails for another version, and is a check of the ticket without Upgrade', async () => {
    await start();
    const opened = await openScreen();
    const old = await bench.raw(socketRequest(bench, VM, opened, { 'Sec-WebSocket-Version': '8' }));
    expect([old.status, old.reason]).toEqual([500, "unsupported websocket-version '8'"]);
    const plain = await bench.raw(socketRequest(bench, VM, opened, { Upgrade: undefined }));
    expect([plain.status, plain.json]).toEqual([200, { data: { port: '5900' } }]);
    await openSocket(bench, VM, opened); // neither used the port up
  });

  it('is never answered when the backend is dead', async () => {
    await start({ deadBackend: true });
    const connection = await bench.connect();
    connection.send(socketRequest(bench, VM, await openScreen()));
    await quiet();
    await bench.clock.advanceAsync(120_000);
    await quiet();
    expect([connection.text, connection.isClosed]).toEqual(['', false]);
  });

  it('takes what was sent behind the request before the answer', async () => {
    await start();
    const { backend } = await openedScreen(clientFrame('early'));
    await until(() => backend.text === 'early', 'the early bytes');
  });
});

describe('frames from the client', () => {
  it('carry text and binary alike, split anywhere or glued together', async () => {
    await start();
    const { client, backend } = await openedScreen();
    const bytes = Buffer.concat([
      clientFrame('one'),
      clientFrame('two', { opcode: 1 }),
      clientFrame('x'.repeat(70_000)),
    ]);
    for (let at = 0; at < 20; at += 1) client.send(bytes.subarray(at, at + 1));
    client.send(bytes.subarray(20));
    await until(() => backend.text.length === 70_006, 'all bytes');
    expect(backend.text.slice(0, 6)).toBe('onetwo');
  });

  it('may carry 131,072 bytes and not one more', async () => {
    await start();
    const { client, backend } = await openedScreen();
    client.send(clientFrame(randomBytes(131_072)));
    await until(() => backend.bytes.length === 131_072, 'the biggest frame');
    client.send(clientFrame(randomBytes(131_073)));
    await until(() => bench.lab.consoles[0]?.violation !== undefined, 'the violation');
    expect(bench.lab.consoles[0]?.violation).toBe('too big');
  });

  it.each([
    ['fragmented', { isFinal: false }],
    ['not masked', { isMasked: false }],
    ['reserved bits', { reserved: 4 }],
    ['unknown opcode', { opcode: 3 }],
    ['unknown opcode', { opcode: 0 }],
  ])('leave a zombie when they are %s: nothing closes, nothing goes up, the rest comes down', async (rule, options) => {
    await start();
    const { client, backend } = await openedScreen();
    client.send(clientFrame('good'));
    client.send(clientFrame('bad', options));
    client.send(clientFrame('lost'));
    client.send(clientFrame('ping', { opcode: 9 }));
    client.send(randomBytes(1_200_000));
    await until(() => bench.lab.consoles[0]?.violation !== undefined, 'the violation');
    backend.write('still here');
    expect((await readPayload(client, 10)).toString()).toBe('still here');
    await quiet();
    expect([bench.lab.consoles[0]?.violation, bench.lab.consoles[0]?.pings]).toEqual([rule, 0]);
    expect([backend.text, client.isClosed, client.text]).toEqual(['good', false, '']);
    client.destroy();
    await until(() => backend.destroyed, 'the end of the backend');
  });

  it('are answered when they are pings, also long ones', async () => {
    await start();
    const { client } = await openedScreen();
    client.send(clientFrame('x'.repeat(300), { opcode: 9 }));
    client.send(clientFrame('', { opcode: 10 }));
    await until(() => client.received.length === 304, 'the pong');
    expect(client.received.subarray(0, 4)).toEqual(Buffer.of(0x8a, 0x7e, 1, 44));
  });

  it('end both sides when they are a close, and no close frame comes back', async () => {
    await start();
    const opened = await openScreen();
    const client = await openSocket(bench, VM, opened);
    const backend = bench.guests.get(101)?.screens[0]?.collect();
    client.send(Buffer.concat([clientFrame('last'), clientFrame(Buffer.of(3, 232), { opcode: 8 })]));
    await client.closed();
    await until(() => backend?.readableEnded === true, 'the half-close');
    expect([client.text, backend?.text]).toEqual(['', 'last']);
    await until(() => exitOf(opened.upid) === 'OK', 'the end of the task');
  });
});

describe('frames from the server', () => {
  it('are whole, binary and bare, and double from 2 KiB to 128 KiB with every full read', async () => {
    await start();
    const { client, backend } = await openedScreen();
    const sent = randomBytes(600_000);
    backend.write(sent);
    const sizes: number[] = [];
    const received: Buffer[] = [];
    await until(() => {
      for (const { first, payload } of takeFrames(client)) {
        expect(first).toBe(0x82);
        sizes.push(payload.length);
        received.push(payload);
      }
      return received.reduce((sum, piece) => sum + piece.length, 0) === sent.length;
    }, 'all bytes');
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    expect(sizes.slice(0, 7)).toEqual([2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072]);
    expect(Math.max(...sizes)).toBe(131_072);
  });

  it('hold the backend back while the client does not read, and pile up without that', async () => {
    await start();
    const held = async (buffer: LabQuirks['webSocketBuffer']): Promise<number> => {
      bench.lab.quirks.webSocketBuffer = buffer;
      const { client, backend } = await openedScreen();
      client.pause();
      let taken = 0;
      const chunk = Buffer.alloc(64 * 1024);
      let waiting = false;
      backend.on('drain', () => {
        waiting = false;
      });
      for (let count = 0; count < 400 && !waiting; count += 1) {
        taken += chunk.length;
        waiting = !backend.write(chunk);
        if (waiting) await quiet();
      }
      client.destroy();
      return taken;
    };
    expect(await held('backpressure')).toBeLessThan(12 << 20); // 1 MiB of ours and what the kernel takes
    expect(await held('unbounded')).toBe(400 * 64 * 1024);
  });

  it('all arrive when the backend ends, unless the server truncates', async () => {
    await start();
    const arrived = async (truncates: boolean): Promise<number> => {
      bench.lab.quirks.truncateAtEof = truncates;
      bench.lab.quirks.webSocketBuffer = 'unbounded';
      const { client, backend } = await openedScreen();
      client.pause();
      backend.end(Buffer.alloc(30 << 20));
      await until(() => bench.lab.consoles.at(-1)?.isOpen === false, 'the end of the backend');
      client.resume();
      await client.closed();
      return takeFrames(client).reduce((sum, { payload }) => sum + payload.length, 0);
    };
    expect(await arrived(false)).toBe(30 << 20);
    expect(await arrived(true)).toBeLessThan(29 << 20);
  });

  it('stop without a close frame when the guest stops or moves away', async () => {
    await start();
    const { client } = await openedScreen();
    bench.guests.get(101)?.exit();
    await client.closed();
    expect(client.text).toBe('');
  });
});

describe('bytes to a backend that does not read', () => {
  it('wait at the client with backpressure, in the server without', async () => {
    await start();
    for (const [buffer, mostBytes] of [
      ['backpressure', 12 << 20],
      ['unbounded', Number.POSITIVE_INFINITY],
    ] as const) {
      bench.lab.quirks.webSocketBuffer = buffer;
      const { client, backend } = await openedScreen();
      backend.hold();
      const frame = clientFrame(Buffer.alloc(128 * 1024));
      for (let count = 0; count < 160; count += 1) client.send(frame);
      await quiet();
      const meter = bench.lab.consoles.at(-1);
      if (buffer === 'unbounded') await until(() => meter?.bytesToBackend === 160 * 128 * 1024, 'all bytes');
      else expect(meter?.bytesToBackend).toBeLessThan(mostBytes);
      backend.letGo();
      await until(() => backend.bytes.length === 160 * 128 * 1024, 'all bytes, late');
    }
  });
});
