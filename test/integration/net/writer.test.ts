import { afterEach, describe, expect, it } from 'vitest';

import { connectTcp } from '../../../electron/engine/net/connector.ts';
import type { SocketDuplex } from '../../../electron/engine/net/socketDuplex.ts';
import { firstWrong, patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { acceptOne } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const ends: { dispose(): void }[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.dispose();
});

async function pair(): Promise<{ a: SocketDuplex; b: SocketDuplex; atB: Recorder }> {
  const server = await acceptOne();
  const a = await connectTcp({ host: '127.0.0.1', port: server.port });
  const b = await server.next;
  ends.push(a, b, { dispose: () => server.close() });
  return { a, b, atB: new Recorder(b) };
}

describe('writing to a socket', () => {
  it('goes on in done without end, and the stack stays small', async () => {
    const { a, b, atB } = await pair();
    b.start();
    const total = 200_000;
    const whole = patternBytes(total);
    let at = 0;
    let depth = 0;
    let deepest = 0;
    const next = () => {
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (at < total) a.write(whole.subarray(at, ++at), next);
      depth -= 1;
    };
    next();
    await until(() => atB.bytes === total);
    expect(firstWrong(atB.received, 0)).toBe(-1);
    expect(deepest).toBeLessThanOrEqual(2);
  });

  it('sends what was corked in order and behind what went before, in pieces the system takes', async () => {
    const { a, b, atB } = await pair();
    b.start();
    const whole = patternBytes(40_000);
    const order: number[] = [];
    a.write(whole.subarray(0, 10), () => order.push(-1));
    a.cork();
    a.cork();
    for (let n = 0; n < 3999; n += 1) a.write(whole.subarray(10 + n * 10, 20 + n * 10), () => order.push(n));
    a.uncork();
    await quiet();
    expect(atB.bytes).toBe(10);
    expect(a.queuedBytes).toBe(39_990);
    a.uncork();
    await until(() => atB.bytes === 40_000);
    expect(firstWrong(atB.received, 0)).toBe(-1);
    expect(order).toEqual(Array.from({ length: 4000 }, (_, n) => n - 1));
    expect(a.queuedBytes).toBe(0);
  });

  it('counts what the system did not take yet, and half-closes behind it', async () => {
    const { a, b, atB } = await pair();
    atB.isHolding = true;
    b.start();
    const piece = patternBytes(1 << 20);
    let dones = 0;
    for (let n = 0; n < 24; n += 1) a.write(piece, () => (dones += 1));
    a.end();
    await until(() => b.isPaused);
    await quiet();
    expect(a.queuedBytes).toBeGreaterThan(0);
    expect(a.queuedBytes).toBeGreaterThanOrEqual((24 - dones - 1) << 20);
    expect(atB.hasEnded).toBe(false);
    atB.release();
    await until(() => atB.hasEnded);
    expect([dones, atB.bytes, a.queuedBytes]).toEqual([24, 24 << 20, 0]);
  });

  it('fails with the system’s reason when the peer is gone, and calls no done for what it never sent', async () => {
    const { a, b } = await pair();
    const reasons = new Recorder(a).reasons;
    b.dispose();
    await quiet();
    let dones = 0;
    for (let n = 0; n < 100 && reasons.length === 0; n += 1) {
      a.write(patternBytes(1 << 18), () => (dones += 1));
      await quiet();
    }
    expect(reasons[0]).toMatchObject({ kind: 'failed', error: { code: 'reset' } });
    expect(dones).toBeLessThan(20);
  });
});
