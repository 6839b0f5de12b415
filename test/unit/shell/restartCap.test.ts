import { expect, it } from 'vitest';

import { RestartCap } from '../../../electron/main/restartCap.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

it('allows four deaths within the time and refuses at the fifth', () => {
  const cap = new RestartCap(new FakeClock(), { most: 5, withinMs: 60_000 });
  for (let deaths = 1; deaths <= 4; deaths++) {
    cap.died();
    expect(cap.mayStart).toBe(true);
  }
  cap.died();
  expect(cap.mayStart).toBe(false);
});

it('allows a start again once the first of them is old', () => {
  const clock = new FakeClock();
  const cap = new RestartCap(clock, { most: 5, withinMs: 60_000 });
  for (let deaths = 1; deaths <= 5; deaths++) {
    cap.died();
    clock.advance(1_000);
  }
  clock.advance(54_999);
  expect(cap.mayStart).toBe(false);
  clock.advance(1);
  expect(cap.mayStart).toBe(true);
});
