import { expect, it } from 'vitest';

import { Latest } from '../../../electron/engine/task/latest.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

it('lets the first through at once, then the latest, at most one each period', () => {
  const clock = new FakeClock();
  const taken: number[] = [];
  const latest = new Latest<number>(clock, 250, (value) => taken.push(value));
  for (let i = 1; i <= 100; i += 1) {
    latest.push(i);
    clock.advance(10);
  }
  expect(taken).toEqual([1, 25, 50, 75, 100]);
  clock.advance(1_000);
  expect(taken).toHaveLength(5);
  latest.dispose();
  expect(clock.timerCount).toBe(0);
});
