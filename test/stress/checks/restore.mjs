// An image of gigabytes restored by the built command in a process of its own, with a connection that breaks.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sumOf } from '../../support/pbsBench.ts';
import { restoreByChild, startImageLab } from '../../support/restoreChild.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const RESETS = 5;

export const restore = {
  name: 'restore',

  async run(report, { cli, imageGib }) {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-restore-'));
    const sizeBytes = Math.ceil((imageGib * GIB) / (4 * MIB)) * 4 * MIB;
    const { lab, sum } = await startImageLab(sizeBytes, { afterBytes: Math.floor(sizeBytes / 16), times: RESETS });
    try {
      const startedMs = performance.now();
      const { code, peakBytes, connections, reconnects, output } = await restoreByChild(lab, cli, folder);
      const seconds = (performance.now() - startedMs) / 1000;
      report.holds('ended well', code === 0);
      report.figure('restored', sizeBytes / GIB, { unit: 'GiB' });
      report.figure('rate, lab on the same machine', sizeBytes / MIB / seconds, { unit: 'MiB/s' });
      report.figure('resets on the way', reconnects, { least: RESETS, most: RESETS });
      report.figure('connections', connections, { least: RESETS + 1, most: RESETS + 1 });
      report.figure('most resident memory of the process', peakBytes / MIB, { least: 1, most: 200, unit: 'MiB' });
      report.holds('SHA-256 equal to what was backed up', (await sumOf(output)) === sum());
    } finally {
      await lab.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
