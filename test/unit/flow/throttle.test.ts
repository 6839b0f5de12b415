import { expect, it } from 'vitest';

import { Throttle } from '../../../shared/flow/throttle.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

it('lets everything through at once without a limit', () => {
  const throttle = new Throttle(new FakeClock());
  expect(throttle.take(1 << 30)).toBeUndefined();
  expect(throttle.pieceBytes).toBe(1 << 20);
});

it('holds streams together to so many bytes a second, and to a quarter of a second at once', async () => {
  const clock = new FakeClock();
  const throttle = new Throttle(clock);
  throttle.bytesPerSecond = 1 << 20;
  let bytes = 0;
  let isOver = false;
  const stream = async () => {
    while (!isOver) {
      await throttle.take(throttle.pieceBytes);
      bytes += throttle.pieceBytes;
      await Promise.resolve();
    }
  };
  const streams = [stream(), stream(), stream()];
  await clock.advanceAsync(0);
  expect(bytes).toBeLessThanOrEqual((1 << 20) / 4);
  for (let n = 0; n < 100; n += 1) await clock.advanceAsync(100);
  expect(bytes).toBeGreaterThan(9.5 * (1 << 20));
  expect(bytes).toBeLessThan(10.5 * (1 << 20));
  isOver = true;
  throttle.bytesPerSecond = 0;
  await clock.advanceAsync(10_000);
  await Promise.all(streams);
});

it('never waits so long that a server takes it for the end, however low the limit', () => {
  const throttle = new Throttle(new FakeClock());
  throttle.bytesPerSecond = 1; // counts as 1 KiB
  expect(throttle.pieceBytes).toBe(64);
});

it('a wait ends with the signal', async () => {
  const clock = new FakeClock();
  const throttle = new Throttle(clock);
  throttle.bytesPerSecond = 1024;
  const abort = new AbortController();
  const waiting = throttle.take(1 << 20, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toThrow();
  expect(clock.timerCount).toBe(0);
});
