import { describe, expect, it } from 'vitest';

import { hasClosedWindow } from '../../../electron/engine/net/tcpState.ts';

const line = (timer: string, probes: number) =>
  `   7: 0100007F:8F42 0100007F:1F46 01 0027AB10:00000000 ${timer}:000000C8 00000000     0        ${probes} 4711 2 0000000000000000 20 4 30 10 -1`;
const table = (...lines: string[]) =>
  ['  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode', ...lines].join(
    '\n',
  );

describe('a window that is closed', () => {
  it('is one whose probes are answered', () => {
    expect(hasClosedWindow(table(line('04', 0)), 36674, 8006)).toBe(true);
    expect(hasClosedWindow(table(line('04', 1)), 36674, 8006)).toBe(true);
    expect(hasClosedWindow(table(line('04', 3)), 36674, 8006)).toBe(false);
  });

  it('is not one behind which bytes are sent again and again, nor that of another connection', () => {
    expect(hasClosedWindow(table(line('01', 0)), 36674, 8006)).toBe(false);
    expect(hasClosedWindow(table(line('04', 0)), 36675, 8006)).toBe(false);
    expect(hasClosedWindow(table(line('04', 0)), 8006, 36674)).toBe(false);
    expect(hasClosedWindow('', 36674, 8006)).toBe(false);
  });
});
