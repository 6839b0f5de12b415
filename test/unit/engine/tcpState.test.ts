import { describe, expect, it } from 'vitest';

import { connectionKey, isWindowClosed, parseTcpTable } from '../../../electron/engine/net/tcpState.ts';

const line = (timer: string, { resends = 0, probes = 0, ports = '8F42 0100007F:1F46' } = {}) =>
  `   7: 0100007F:${ports} 01 0027AB10:00000000 ${timer}:000000C8 ${resends.toString(16).padStart(8, '0').toUpperCase()}     0        ${probes} 4711 2 0000000000000000 20 4 30 10 -1`;
const table = (...lines: string[]) =>
  ['  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode', ...lines].join(
    '\n',
  );
const key = connectionKey(0x8f42, '127.0.0.1', 0x1f46);
const stateOf = (one: string) => parseTcpTable(table(one)).get(key);

describe('the table of TCP connections', () => {
  it('tells what the system waits for, and for how long in vain', () => {
    expect(stateOf(line('01', { resends: 11 }))).toEqual({
      waitsFor: 'resent',
      resends: 11,
      probes: 0,
      queuedBytes: 0x27ab10,
    });
    expect(stateOf(line('02', { probes: 10 }))).toMatchObject({ waitsFor: 'keepalive', probes: 10 });
    expect(stateOf(line('04', { probes: 2 }))).toMatchObject({ waitsFor: 'window', probes: 2 });
    expect(stateOf(line('04'))).toMatchObject({ waitsFor: 'window', probes: 0 });
  });

  it('leaves out what waits for nobody', () => {
    expect(parseTcpTable(table(line('00'), line('01'), line('02'))).size).toBe(0);
    expect(parseTcpTable('').size).toBe(0);
    expect(parseTcpTable('garbage\n  1: no').size).toBe(0);
  });

  it('reads addresses as Node writes them', () => {
    const to = (remote: string) => [...parseTcpTable(table(line('04', { ports: `8F42 ${remote}:1F46` }))).keys()];
    expect(to('0601A8C0')).toEqual(['36674 192.168.1.6 8006']);
    expect(to('0000000000000000FFFF00000100007F')).toEqual(['36674 ::ffff:127.0.0.1 8006']);
    expect(to('B80D0120000000000000000001000000')).toEqual(['36674 2001:db8::1 8006']);
  });

  it('keeps connections apart that share their ports', () => {
    const states = parseTcpTable(
      table(
        line('01', { resends: 3 }),
        line('04', { ports: '8F42 0200007F:1F46' }),
        line('00', { ports: '1F46 0100007F:8F42' }),
      ),
    );
    expect(states.get(key)).toMatchObject({ waitsFor: 'resent' });
    expect(states.get(connectionKey(0x8f42, '127.0.0.2', 0x1f46))).toMatchObject({ waitsFor: 'window' });
    expect(states.size).toBe(2);
  });
});

describe('a window that is closed', () => {
  it('is one whose probes are answered', () => {
    expect(isWindowClosed(stateOf(line('04')))).toBe(true);
    expect(isWindowClosed(stateOf(line('04', { probes: 1 })))).toBe(true);
    expect(isWindowClosed(stateOf(line('04', { probes: 3 })))).toBe(false);
    expect(isWindowClosed(stateOf(line('01')))).toBe(false);
    expect(isWindowClosed(undefined)).toBe(false);
  });
});
