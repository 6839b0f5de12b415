import { beforeEach, expect, it } from 'vitest';

import { CrashLog } from '../../../electron/main/crashLog.ts';
import { Recovery } from '../../../electron/main/recovery.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

let clock: FakeClock;
let starts: number[];
let givenUp: number;
let recovery: Recovery;
beforeEach(() => {
  clock = new FakeClock();
  starts = [];
  givenUp = 0;
  recovery = new Recovery({
    clock,
    most: 4,
    withinMs: 60_000,
    start: () => starts.push(clock.nowMs()),
    giveUp: () => {
      givenUp += 1;
    },
  });
});

it('starts at once, then a little later each time, and gives up where that does not help', () => {
  for (let deaths = 0; deaths < 3; deaths++) {
    recovery.died();
    clock.advance(5_000);
  }
  expect(starts).toEqual([0, 5_500, 11_000]);
  expect(givenUp).toBe(0);
  recovery.died();
  clock.advance(60_000);
  expect(starts).toHaveLength(3);
  expect(givenUp).toBe(1);
});

it('begins anew when the person says so, and when what was is long ago', () => {
  for (let deaths = 0; deaths < 4; deaths++) recovery.died();
  expect(recovery.mayStart).toBe(false);
  recovery.again();
  expect(recovery.mayStart).toBe(true);
  expect(starts).toHaveLength(2); // two others were given up by the deaths behind them
  clock.advance(120_000);
  recovery.died();
  expect(starts).toHaveLength(3);
  recovery.died();
  expect(recovery.isPending).toBe(true);
  recovery.dispose();
  expect(clock.timerCount).toBe(0);
});

it('a report has the last events and words, and no secret in them', () => {
  const log = new CrashLog('Sluice 0.2.0');
  for (let event = 0; event < 100; event++) log.note(event, `event ${event}`);
  log.heard('Cookie: PVEAuthCookie=PVE:root@pam:67A1B2C3::AbC\n');
  log.heard('Error: it broke\n');
  const report = log.report();
  expect(report).toContain('1970-01-01T00:00:00.099Z event 99');
  expect(report).not.toContain('event 69');
  expect(report).toContain('Error: it broke');
  expect(report).not.toContain('AbC');
  log.heard(`PVEAuthCookie=PVE:root@pam:${'S'.repeat(100)}${'\n#'.repeat(3_970)}\nlast\n`);
  expect(log.report()).not.toContain('SSS'); // cut in the middle of the secret
  expect(log.report().length).toBeLessThan(12_000);
});
