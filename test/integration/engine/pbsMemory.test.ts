import { join } from 'node:path';
import { expect, it } from 'vitest';

import { checkLeaks } from '../../support/leakCheck.ts';
import { sumOf, withFolder } from '../../support/pbsBench.ts';
import { restoreByChild, startImageLab } from '../../support/restoreChild.ts';

const MIB = 2 ** 20;
const IMAGE_BYTES = 384 * MIB;
const SMALL_BYTES = 32 * MIB;
const RESETS = 5;
const GROWTH_BYTES = 96 * MIB; // three times what may be under way; all of the image is four times that
const cli = join(import.meta.dirname, '../../../electron/cli/cli.ts');

checkLeaks();

it.runIf(process.platform === 'linux')(
  'a restore by a process of its own stays within its memory, whatever the size, through five resets',
  { timeout: 300_000 },
  async () => {
    const peakOf = async (sizeBytes: number, resets: { afterBytes: number; times: number }) => {
      const { lab, sum } = await startImageLab(sizeBytes, resets);
      try {
        return await withFolder(async (folder) => {
          const run = await restoreByChild(lab, cli, folder);
          expect(run).toMatchObject({ code: 0, reconnects: resets.times, connections: resets.times + 1 });
          expect(await sumOf(run.output)).toBe(sum());
          return run.peakBytes;
        });
      } finally {
        await lab.close();
      }
    };
    const small = await peakOf(SMALL_BYTES, { afterBytes: 0, times: 0 });
    const large = await peakOf(IMAGE_BYTES, { afterBytes: IMAGE_BYTES / 16, times: RESETS });
    expect(large - small).toBeLessThan(GROWTH_BYTES);
  },
);
