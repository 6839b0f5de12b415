import { describe, expect, it } from 'vitest';

import { isWindowClosed, parseTcpTable } from '../../../electron/engine/net/tcpState.ts';

const line = (timer: string, { resends = 0, probes = 0, ports = '8F42 0100007F:1F46' } = {}) =>
  `   7: 0100007F:${ports} 01 0027AB10:00000000 ${timer}:000000C8 ${resends.toString(16).padStart(8, '0').toUpperCase()}     0        ${probes} 4711 2 0000000000000000 20 4 30 10 -1`;
const table = (...lines: string[]) =>
  ['  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode', ...lines].join(
    '\n',
  );
const stateOf = (one: string) => parseTcpTable(table(one)).get('8F42:1F46');

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
    expect(stateOf(line('00'))).toMatchObject({ waitsFor: 'nothing' });
  });

  it('reads addresses of IPv6', () => {
    const wide = line('01').replaceAll('0100007F:', '0000000000000000FFFF00000100007F:');
    expect(stateOf(wide)).toMatchObject({ waitsFor: 'resent' });
  });

  it('knows a connection by both ports, and nothing where two have the same', () => {
    const states = parseTcpTable(table(line('01'), line('04', { ports: '1F46 0100007F:8F42' })));
    expect(states.get('8F42:1F46')).toMatchObject({ waitsFor: 'resent' });
    expect(states.get('1F46:8F42')).toMatchObject({ waitsFor: 'window' });
    expect(states.get('8F42:1F47')).toBeUndefined();
    expect(parseTcpTable(table(line('01'), line('01'))).get('8F42:1F46')).toBeUndefined();
    expect(parseTcpTable('').size).toBe(0);
    expect(parseTcpTable('garbage\n  1: no').size).toBe(0);
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
