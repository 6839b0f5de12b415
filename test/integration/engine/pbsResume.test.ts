import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { PartialFile } from '../../../electron/engine/pbs/partialFile.ts';
import { PbsLab, type PbsLabOptions } from '../../../electron/lab/pbs/pbsLab.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { restoreOf, snapshotOf, sumOf, withFolder } from '../../support/pbsBench.ts';

checkLeaks();

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startLab(options?: PbsLabOptions): Promise<PbsLab> {
  const lab = await PbsLab.start({ quirks: { authDelayMs: 0 }, ...options });
  ends.push(() => lab.close());
  return lab;
}

describe('a restore that another run began', () => {
  const IMAGE = 'drive-scsi0.img.fidx';

  it('asks only for what is not there yet, and takes nothing on trust', async () => {
    const lab = await startLab({ quirks: { chunkDelayMs: 5 } });
    await withFolder(async (folder) => {
      const path = join(folder, 'restored');
      const partialPath = join(folder, '.draft');
      const createTarget = () => PartialFile.create(path, { replaces: false, partialPath, keepsEarlier: true });
      const first = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { inFlightBytes: 1, createTarget });
      const stop = new AbortController();
      const running = first.restore.run(stop.signal).catch((error: unknown) => error);
      await eventually(() => first.seen.writtenBytes >= 48 << 20, 'some of it');
      stop.abort(new AppError('aborted', 'ended'));
      await running;
      await first.restore.release();
      expect(await readdir(folder)).toEqual(['.draft']);
      const had = first.restore.placedBytes - 8 * (4 << 20); // without the holes
      // One of the chunks that are there is no longer what it was.
      const bytes = await readFile(partialPath);
      const { snapshot } = snapshotOf(lab, '100');
      const content = snapshot.archive(IMAGE)?.plan;
      if (content?.kind !== 'fixed') throw new Error('no image');
      const spoilt = content.content.ends.findIndex((_, n) => content.content.chunk(n).some((byte) => byte !== 0));
      bytes[spoilt * (4 << 20) + 5] = (bytes[spoilt * (4 << 20) + 5] ?? 0) ^ 1;
      await writeFile(partialPath, bytes);

      let foundBytes = 0;
      lab.readers.length = 0;
      const on = { sized() {}, written() {}, found: (more: number) => (foundBytes += more) };
      const second = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { createTarget, on });
      const report = await second.restore.run(new AbortController().signal);
      expect(await sumOf(path)).toBe(snapshot.archive(IMAGE)?.contentSum());
      expect(foundBytes).toBe(had + 8 * (4 << 20) - (4 << 20));
      expect(lab.meters[0]?.chunks.length).toBe(16 - (had / (4 << 20) - 1));
      expect(second.restore.placedBytes).toBe(report.totalBytes);
      expect(await readdir(folder)).toEqual(['restored']);
      expect((await stat(path)).size).toBe(96 << 20);
    });
  });

  it('is stopped while it looks at what is there, and goes on looking', async () => {
    const lab = await startLab();
    await withFolder(async (folder) => {
      const path = join(folder, 'restored');
      await mkdir(join(folder, 'x'));
      const partialPath = join(folder, 'x', 'draft');
      const { snapshot } = snapshotOf(lab, '100');
      await writeFile(partialPath, Buffer.concat([...(snapshot.archive(IMAGE)?.decoded() ?? [])]));
      const stop = new AbortController();
      let found = 0;
      const on = {
        sized() {},
        written() {
          throw new Error('nothing is missing');
        },
        found() {
          found += 1;
          if (found === 3) stop.abort(new AppError('aborted', 'paused'));
        },
      };
      const createTarget = () => PartialFile.create(path, { replaces: false, partialPath, keepsEarlier: true });
      const { restore } = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { createTarget, on });
      await expect(restore.run(stop.signal)).rejects.toThrow('paused');
      await restore.run(new AbortController().signal);
      expect(found).toBe(24);
      expect(await sumOf(path)).toBe(snapshot.archive(IMAGE)?.contentSum());
    });
  });
});
