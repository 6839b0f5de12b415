import { expect, it } from 'vitest';

import { type KilledRun, killTransfers } from '../../support/killedTransfers.ts';

it('claims nothing that is not so and leaves no part behind, killed with -9 at three moments', {
  timeout: 120_000,
}, async () => {
  const moments = [0.15, 0.4, 0.75];
  const runs: KilledRun[] = [];
  await killTransfers(
    moments.length,
    () => moments[runs.length] ?? 0.5,
    (run) => runs.push(run),
  );
  expect(runs.flatMap(({ problems }) => problems)).toEqual([]);
  expect(runs.flatMap(({ before }) => before).length).toBeGreaterThan(0);
});
