import { afterEach, describe, expect, it } from 'vitest';

import type { LabQuirks } from '../../../electron/lab/quirks.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';
import { LabBench, type RawConnection } from './labBench.ts';
import {
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
const CT = '/nodes/pve1/lxc/103';
const BANNER = 'starting serial terminal on interface serial0\r\n';
const ask = (path: string, form: Record<string, string> = {}): Promise<OpenedConsole> =>
  bench.data('POST', `${path}/termproxy`, form);
const exitOf = (upid: string) => bench.lab.tasks.find((task) => task.upid === upid)?.exitStatus;

async function signedIn(path = VM): Promise<RawConnection> {
  const opened = await ask(path);
  const client = await openSocket(bench, path, opened);
  client.send(clientFrame(`${opened.user}:${opened.ticket}\n`));
  return client;
}
const serialOf = (vmid: number) => {
  const serial = bench.guests.get(vmid)?.serials.at(-1);
  if (serial === undefined) throw new Error('no serial console was opened');
  return serial;
};

describe('the handshake', () => {
  it('splits at the first colon, says OK with the first output, and starts at 80 by 20', async () => {
    await start();
    const client = await signedIn();
    expect((await readPayload(client, 2)).toString()).toBe(`OK${BANNER}`);
    serialOf(101).write('login: ');
    expect((await readPayload(client, 7)).toString()).toBe('login: ');
    expect(bench.guests.get(101)?.sizes).toEqual(['80x20']);
  });

  it('says OK alone, or letter by letter, and never with output between', async () => {
    await start({ okDelivery: 'split' });
    for (const [okDelivery, first] of [
      ['split', 'O'],
      ['alone', 'OK'],
    ] as const) {
      bench.lab.quirks.okDelivery = okDelivery;
      const client = await signedIn();
      await until(() => client.received.length > 2, 'the first letters');
      serialOf(101).write('login: ');
      await quiet();
      expect(takeFrames(client).map(({ payload }) => payload.toString())).toEqual([first]);
      await bench.clock.advanceAsync(20);
      const rest = `OK${BANNER}login: `.slice(first.length);
      expect((await readPayload(client, rest.length)).toString()).toBe(rest);
    }
  });

  it('takes the line in pieces, with messages glued behind it', async () => {
    await start();
    const opened = await ask(CT);
    const client = await openSocket(bench, CT, opened);
    const line = `${opened.user}:${opened.ticket}\n`;
    client.send(clientFrame(line.slice(0, 50)));
    client.send(clientFrame(`${line.slice(50)}0:2:ls`));
    await readPayload(client, 2);
    const serial = serialOf(103).collect();
    await until(() => serial.text === 'ls', 'the typed bytes');
  });

  it.each([
    ['the ticket of somebody else', (opened: OpenedConsole) => `ada@pve:${opened.ticket}\n`],
    ['another ticket', (opened: OpenedConsole) => `${opened.user}:PVEVNC:00000000::AAAA\n`],
    ['a line without a colon', () => 'hello\n'],
    ['a line over 4,096 bytes', () => 'x'.repeat(5000)],
  ])('ends without a word on %s, and the task tells why', async (_, line) => {
    await start();
    const opened = await ask(VM);
    const client = await openSocket(bench, VM, opened);
    client.send(clientFrame(line(opened)));
    await client.closed();
    expect(client.text).toBe('');
    await until(() => exitOf(opened.upid) !== undefined, 'the end of the task');
    expect(exitOf(opened.upid)).toMatch(/^authentication request failed|^failed reading ticket/);
  });

  it('waits ten seconds for the line', async () => {
    await start();
    const opened = await ask(VM);
    const client = await openSocket(bench, VM, opened);
    await bench.clock.advanceAsync(9999);
    await quiet();
    expect(client.isClosed).toBe(false);
    await bench.clock.advanceAsync(1);
    await client.closed();
    await until(() => exitOf(opened.upid) === 'failed reading ticket: timed out', 'the end of the task');
  });

  it('tells what is wrong with the guest as terminal text, then ends', async () => {
    await start();
    bench.lab.changeGuests((guests) => {
      const guest = guests.get(101);
      if (guest !== undefined) guest.hasSerial = false;
    });
    const client = await signedIn();
    await client.closed();
    const said = takeFrames(client).map(({ payload }) => payload.toString());
    expect(said.join('')).toBe('OKunable to find a serial interface\r\n');
  });
});

describe('messages', () => {
  it('carry bytes and sizes; pings and rubbish are skipped', async () => {
    await start();
    const client = await signedIn();
    await readPayload(client, 2);
    const serial = serialOf(101).collect();
    client.send(clientFrame('0:5:uname'));
    client.send(clientFrame('2'));
    client.send(clientFrame('1:132:43:'));
    client.send(clientFrame('xyz'));
    client.send(clientFrame('0:6:grüß'));
    await until(() => serial.bytes.length === 11, 'the typed bytes');
    expect(serial.bytes.toString()).toBe('unamegrüß');
    expect(bench.guests.get(101)?.sizes).toEqual(['80x20', '132x43']);
  });

  it('carry more than the buffer holds in one', async () => {
    await start();
    const client = await signedIn();
    await readPayload(client, 2);
    const serial = serialOf(101).collect();
    client.send(clientFrame(`0:100000:${'x'.repeat(100_000)}`));
    await until(() => serial.bytes.length === 100_000, 'all bytes');
  });

  it('are lost when a header is cut, unless the lab is told to be kind', async () => {
    await start();
    const client = await signedIn();
    await readPayload(client, 2);
    const serial = serialOf(101).collect();
    client.send(clientFrame('0:1'));
    client.send(clientFrame('2:hello world!0:2:ok'));
    await until(() => serial.text.length > 0, 'the next message');
    await quiet();
    expect(serial.text).toBe('ok');
    bench.lab.quirks.lostHeaders = false;
    client.send(clientFrame('0:1'));
    client.send(clientFrame('2:hello world!'));
    await until(() => serial.text === 'okhello world!', 'the whole message');
  });
});

describe('the end', () => {
  it('comes without a word when the shell exits', async () => {
    await start();
    const opened = await ask('/nodes/pve1');
    const client = await openSocket(bench, '/nodes/pve1', opened);
    client.send(clientFrame(`${opened.user}:${opened.ticket}\n`));
    await readPayload(client, 2);
    const shell = serialOf(0);
    shell.end('logout\r\n');
    await client.closed();
    const said = takeFrames(client).map(({ payload }) => payload.toString());
    expect(said.join('')).toBe('logout\r\n');
    await until(() => exitOf(opened.upid) === 'OK', 'the end of the task');
  });

  it('leaves a ticket whose port is dead', async () => {
    await start();
    const opened = await ask(VM);
    (await openSocket(bench, VM, opened)).destroy();
    await until(() => exitOf(opened.upid) !== undefined, 'the end of the task');
    const again = await bench.connect();
    again.send(socketRequest(bench, VM, opened));
    await quiet();
    expect([again.text, again.isClosed]).toEqual(['', false]);
  });
});

describe('a flood', () => {
  it('is held back at the guest while the client does not read', async () => {
    await start();
    const client = await signedIn();
    await readPayload(client, 2);
    client.pause();
    const serial = serialOf(101);
    let taken = 0;
    let isFull = false;
    serial.on('drain', () => {
      isFull = false;
    });
    for (let count = 0; count < 600 && !isFull; count += 1) {
      taken += 65_536;
      isFull = !serial.write(Buffer.alloc(65_536));
      if (isFull) await quiet();
    }
    expect(taken).toBeLessThan(12 << 20);
    client.resume();
    await readPayload(client, taken);
  });
});
