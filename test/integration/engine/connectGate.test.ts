import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConnectGate } from '../../../electron/engine/viewer/connectGate.ts';
import { RelayRegistry } from '../../../electron/engine/relay/registry.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { ConnectClient } from '../../support/connectClient.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { listenPlain, type Peer } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

const ACCEPT_MS = 38_000;

describe('the door of a SPICE viewer', () => {
  checkLeaks();
  const clients: ConnectClient[] = [];
  const failures: AppError[] = [];
  let clock: FakeClock;
  let asked: string[];
  let isSilent: boolean;
  let proxy: Peer;
  let relays: RelayRegistry;
  let gate: ConnectGate;
  let isClosed: boolean;

  beforeEach(async () => {
    clock = new FakeClock();
    asked = [];
    isSilent = false;
    isClosed = false;
    failures.length = 0;
    // The cluster's proxy: says yes, then back what it hears.
    proxy = await listenPlain((socket) => {
      socket.once('data', (head: Buffer) => {
        asked.push(head.toString('latin1'));
        if (isSilent) return;
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(socket);
      });
    });
    relays = new RelayRegistry({ clock });
    const route = { proxy: { host: '127.0.0.1', port: proxy.port }, host: 'ticket:1::a', tlsPort: 61_000, vmid: 100 };
    gate = new ConnectGate({ clock, relays, route, name: 'web', acceptMs: ACCEPT_MS });
    gate.door.onFailure((error) => failures.push(error));
    gate.door.onClose(() => {
      isClosed = true;
    });
    await gate.door.open();
  });

  afterEach(async () => {
    for (const one of clients.splice(0)) one.destroy();
    gate.door.dispose();
    relays.dispose();
    proxy.close();
    await until(() => isClosed, 'the close of the door');
    await until(() => clock.timerCount === 0, 'the end of all timers');
  });

  function client(): ConnectClient {
    const one = new ConnectClient(gate.door.port);
    clients.push(one);
    return one;
  }

  async function channel(): Promise<ConnectClient> {
    const one = client();
    one.ask(`${gate.host}:61000`);
    await one.says('200 OK');
    return one;
  }

  it('asks the cluster’s proxy with the ticket in the Host header, one CONNECT a channel', async () => {
    await channel();
    await channel();
    expect(asked).toEqual(Array(2).fill('CONNECT ticket:1::a:61000 HTTP/1.1\r\nHost: ticket:1::a:61000\r\n\r\n'));
    expect(relays.relays.map((relay) => relay.label)).toEqual(['Spice: web', 'Spice: web']);
  });

  it('closes when the ticket is over and nobody came', async () => {
    clock.advance(ACCEPT_MS - 1);
    expect(isClosed).toBe(false);
    clock.advance(1);
    expect(isClosed).toBe(true);
    expect(await client().closed()).toBe('');
  });

  it('stays for the channels that run, takes none after the ticket, and closes behind the last', async () => {
    const first = await channel();
    clock.advance(ACCEPT_MS);
    expect(isClosed).toBe(false);
    const late = client();
    late.ask(`${gate.host}:61000`);
    expect(await late.closed()).toBe('HTTP/1.0 403 Forbidden\r\n\r\n');
    first.send('still here');
    await first.says('still here');
    first.destroy();
    await until(() => isClosed, 'the close of the door');
  });

  it('takes 64 channels and not one more', async () => {
    for (let n = 0; n < 64; n += 1) await channel();
    const one = client();
    one.ask(`${gate.host}:61000`);
    expect(await one.closed()).toBe('');
    expect(asked).toHaveLength(64);
  });

  it('lets eight wait at the door, for 5 s each', async () => {
    const waiting = Array.from({ length: 8 }, client);
    await quiet();
    expect(await client().closed()).toBe('');
    expect(waiting.every((one) => !one.isClosed)).toBe(true);
    clock.advance(5_000);
    for (const one of waiting) expect(await one.closed()).toBe('');
    await channel();
  });

  it('gives up on a proxy that never answers after 10 s, and says so', async () => {
    isSilent = true;
    const one = client();
    one.ask(`${gate.host}:61000`);
    await until(() => asked.length === 1, 'the question');
    clock.advance(10_000);
    expect(await one.closed()).toBe('HTTP/1.0 502 Bad Gateway\r\n\r\n');
    expect(failures.map(({ code, detail }) => [code, detail?.['step']])).toEqual([['timeout', 'proxy']]);
  });

  it('ends all channels when it is disposed, those that are still being opened too', async () => {
    const open = await channel();
    isSilent = true;
    const opening = client();
    opening.ask(`${gate.host}:61000`);
    await until(() => asked.length === 2, 'the question');
    gate.door.dispose();
    await open.closed();
    await opening.closed();
    expect(relays.budget.windowCount).toBe(0);
  });
});
