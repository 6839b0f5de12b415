import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConnectClient } from '../../support/connectClient.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet } from '../../support/until.ts';
import { FakeSpice } from '../../support/viewerBench.ts';
import { FakeGuest, LabBench } from './labBench.ts';

interface Ticket {
  readonly host: string;
  readonly proxy: string;
  readonly password: string;
  readonly ca: string;
  readonly 'tls-port': number | string;
  readonly 'host-subject': string;
}

describe('the lab’s SPICE', () => {
  checkLeaks();
  let spice: FakeSpice;
  let bench: LabBench;
  let ticket: Ticket;
  const clients: ConnectClient[] = [];

  const client = () => {
    const one = new ConnectClient(bench.lab.spicePort);
    clients.push(one);
    return one;
  };
  const authority = () => `${ticket.host}:${Number(ticket['tls-port'])}`;
  const ask = async (path = '/nodes/pve1/qemu/100/spiceproxy') =>
    await bench.data<Ticket>('POST', path, { proxy: '127.0.0.1' });

  beforeEach(async () => {
    spice = await FakeSpice.listen();
    bench = await LabBench.start({}, { createBackend: () => spice.give(new FakeGuest()) });
    ticket = await ask();
  });

  afterEach(async () => {
    for (const one of clients.splice(0)) one.destroy();
    await bench.close();
    spice.close();
  });

  it('hands out what a viewer needs, in the server’s own shape', () => {
    expect(ticket).toMatchObject({
      type: 'spice',
      title: 'VM 100 - linux-qemu',
      proxy: `http://127.0.0.1:${bench.lab.spicePort}`,
      'host-subject': 'OU=PVE Cluster Node,O=Proxmox Virtual Environment,CN=pve1.lab.internal',
    });
    expect(ticket.host).toMatch(/^pvespiceproxy:[0-9a-f]{8}:100:pve1:61\d{3}::[0-9a-f]{40}$/);
    expect(ticket.ca.replaceAll('\\n', '\n')).toBe(bench.lab.caPem);
    expect(ticket.password).toMatch(/^[0-9a-f]{40}$/);
    expect(spice.passwords).toEqual([ticket.password]);
  });

  it('goes by the Host header alone, answers in the version asked, and loses nothing sent early', async () => {
    const old = client();
    old.send(`CONNECT elsewhere:1 HTTP/1.0\r\nHost: ${authority()}\r\n\r\nearly`);
    await old.says('early');
    expect(old.text).toBe('HTTP/1.0 200 OK\r\n\r\nearly');
    const current = client();
    current.ask(authority(), { version: '1.1' });
    await current.says('\r\n\r\n');
    expect(current.text).toBe('HTTP/1.1 200 OK\r\n\r\n');
    const without = client();
    without.send(`CONNECT ${authority()} HTTP/1.0\r\n\r\n`);
    expect(await without.closed()).toMatch(/^HTTP\/1\.0 401 invalid ticket\r\n.*\r\n\r\ninvalid ticket$/s);
  });

  it('refuses tickets that are not exactly its own', async () => {
    const port = Number(ticket['tls-port']);
    const wrong = [
      authority().toUpperCase(),
      `${ticket.host}:${port === 61_999 ? 61_998 : port + 1}`,
      authority().replace(':100:', ':101:'),
      `${ticket.host.slice(0, -1)}${ticket.host.endsWith('0') ? '1' : '0'}:${port}`,
    ];
    for (const one of wrong) {
      const asking = client();
      asking.ask(one);
      expect(await asking.closed(), one).toContain('401 invalid ticket');
    }
  });

  it('forgets a ticket after 40 s and when the key changes', async () => {
    bench.lab.quirks.clockOffsetMs = 39_000;
    const early = client();
    early.ask(authority());
    await early.says('200 OK');
    bench.lab.quirks.clockOffsetMs = 41_000;
    const late = client();
    late.ask(authority());
    expect(await late.closed()).toContain('401 invalid ticket');
    bench.lab.quirks.clockOffsetMs = 0;
    bench.lab.rotateAuthKey();
    const changed = client();
    changed.ask(authority());
    expect(await changed.closed()).toContain('401 invalid ticket');
  });

  it('says 501 to other methods and nothing at all where no backend is', async () => {
    const asking = client();
    asking.send(`GET / HTTP/1.1\r\nHost: ${authority()}\r\n\r\n`);
    expect(await asking.closed()).toContain("501 method 'GET' not available");
    bench.lab.quirks.deadBackend = true;
    const hanging = client();
    hanging.ask(authority());
    await quiet();
    expect([hanging.text, hanging.isClosed]).toEqual(['', false]);
  });

  it('has no port for a guest without such a display, and none for one that is off', async () => {
    expect(await bench.call('POST', '/nodes/pve1/qemu/101/spiceproxy')).toMatchObject({
      status: 500,
      reason: 'no spice port',
    });
    expect(await bench.call('POST', '/nodes/pve2/qemu/203/spiceproxy')).toMatchObject({
      status: 500,
      reason: 'VM 203 not running',
    });
    expect(await bench.data('GET', '/nodes/pve1/qemu/100/status/current')).toMatchObject({ spice: 1 });
    expect(await bench.data('GET', '/nodes/pve1/qemu/101/status/current')).not.toHaveProperty('spice');
  });
});
