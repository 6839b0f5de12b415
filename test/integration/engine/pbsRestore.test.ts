import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { CryptKey, unlockKey } from '../../../electron/engine/pbs/cryptKey.ts';
import type { WriteTarget } from '../../../electron/engine/pbs/partialFile.ts';
import { diskError } from '../../../electron/engine/pbs/partialFile.ts';
import { ReaderSession } from '../../../electron/engine/pbs/readerSession.ts';
import { decompressZstd, portableZstd } from '../../../electron/engine/pbs/zstd.ts';
import { imageContent } from '../../../electron/lab/pbs/content.ts';
import { encodeBlob } from '../../../electron/lab/pbs/formats.ts';
import { keyFileText, newKey } from '../../../electron/lab/pbs/labKeys.ts';
import { PbsLab, type PbsLabOptions } from '../../../electron/lab/pbs/pbsLab.ts';
import { sampleKey } from '../../../electron/lab/pbs/samples.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { parseKeyFile } from '../../../shared/codec/pbs/keyFile.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { eventually } from '../../support/eventually.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { restoreOf, serverOf, snapshotOf, sumOf, withFolder } from '../../support/pbsBench.ts';

const CHUNK = 4 << 20;
const IMAGE = 'drive-scsi0.img.fidx';
const forever = new AbortController().signal;

checkLeaks();

let open: PbsLab | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function startLab(options: PbsLabOptions = {}): Promise<PbsLab> {
  open = await PbsLab.start({ ...options, quirks: { authDelayMs: 0, ...options.quirks } });
  return open;
}

async function failing(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** Restores one archive of the samples and holds it against what the lab made it of. */
async function restoresExactly(lab: PbsLab, id: string, archive: string, key?: CryptKey): Promise<void> {
  await withFolder(async (folder) => {
    const { restore, path, seen } = restoreOf(lab, { id, archive, folder, key });
    const report = await restore.run(forever);
    expect(await sumOf(path)).toBe(snapshotOf(lab, id).snapshot.archive(archive)?.contentSum());
    expect(seen.writtenBytes).toBe(seen.totalBytes);
    expect(report).toMatchObject({ totalBytes: seen.totalBytes, connections: 1 });
    expect(await readdir(folder)).toEqual(['restored']);
  });
}

describe('a restore from a Backup Server', () => {
  it('gives an image byte for byte, its holes never asked for and never written', async () => {
    const lab = await startLab();
    await withFolder(async (folder) => {
      const { restore, path, seen } = restoreOf(lab, { id: '100', archive: IMAGE, folder });
      const report = await restore.run(forever);
      const { snapshot } = snapshotOf(lab, '100');
      expect(await sumOf(path)).toBe(snapshot.archive(IMAGE)?.contentSum());
      expect(seen).toMatchObject({ totalBytes: 96 << 20, writtenBytes: 96 << 20, reconnects: [] });
      expect(report.holeBytes).toBe(8 * CHUNK);
      expect(lab.meters[0]?.chunks.length).toBe(16);
      const { blocks } = await stat(path);
      expect(blocks * 512).toBeLessThan((96 << 20) - report.holeBytes + (1 << 20));
    });
  });

  it('gives blobs, archives of files, signed and encrypted images, whole last chunk or not', async () => {
    const lab = await startLab();
    const key = await CryptKey.of(sampleKey.secret);
    await restoresExactly(lab, '100', 'qemu-server.conf.blob');
    await restoresExactly(lab, '104', 'root.pxar.didx');
    await restoresExactly(lab, 'workstation', 'home.pxar.didx');
    await restoresExactly(lab, '200', IMAGE, key);
    await restoresExactly(lab, '200', 'qemu-server.conf.blob', key);
    await restoresExactly(lab, '201', IMAGE, key);
    await restoresExactly(lab, '201', IMAGE);
  });

  it('works with servers that leave `Connection: upgrade` out', async () => {
    const lab = await startLab({ quirks: { saysConnectionUpgrade: false } });
    await restoresExactly(lab, '100', 'qemu-server.conf.blob');
  });

  it('has several chunks under way and no more than its memory allows', async () => {
    const lab = await startLab({ quirks: { chunkDelayMs: 20 } });
    await withFolder(async (folder) => {
      const most = async (inFlightBytes: number) => {
        lab.readers.length = 0;
        const { restore } = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { inFlightBytes });
        await restore.run(forever);
        await restore.discard();
        const { rm } = await import('node:fs/promises');
        await rm(join(folder, 'restored'));
        return lab.meters[0]?.mostStreams;
      };
      expect(await most(1)).toBe(1);
      expect(await most(25 << 20)).toBe(3);
    });
  });

  it('goes on after resets with new connections, asking for what is missing only', async () => {
    const lab = await startLab();
    lab.quirks.resets = { afterBytes: 3 * CHUNK, times: 5 };
    const content = imageContent({ name: 'big', sizeBytes: 256 << 20, holesOfTen: 2, textOfTen: 3 });
    const archives = [{ name: IMAGE, kind: 'fixed' as const, chunkBytes: CHUNK, content }];
    const common = { type: 'vm' as const, timeS: 1_774_000_000, owner: 'root@pam', compress: false };
    lab.datastores[0]?.add('', { ...common, id: '900', archives });
    await withFolder(async (folder) => {
      const { restore, path, seen } = restoreOf(lab, { id: '900', archive: IMAGE, folder });
      const report = await restore.run(forever);
      expect(seen.reconnects).toEqual(Array.from({ length: 5 }, () => 'reset'));
      expect(report.connections).toBe(6);
      expect(await sumOf(path)).toBe(snapshotOf(lab, '900').snapshot.archive(IMAGE)?.contentSum());
      expect(seen.writtenBytes).toBe(256 << 20);
      // What was under way when a connection broke is asked for again, and nothing else.
      const asked = lab.meters.flatMap(({ chunks }) => chunks);
      expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(5 * 4);
      expect(lab.requests.every((line) => line.startsWith('GET '))).toBe(true);
    });
  });

  it('gives up after a while where no chunk comes, and leaves nothing behind', async () => {
    const lab = await startLab();
    lab.quirks.resets = { afterBytes: 0, times: 1000 };
    await withFolder(async (folder) => {
      const { restore } = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { inFlightBytes: 1 });
      const error = await failing(restore.run(forever));
      await restore.discard();
      expect(error.code).toBe('reset');
      expect(await readdir(folder)).toEqual([]);
    });
  });

  it('is refused by what was changed on the way or on the disk: chunks, index, manifest and blobs', async () => {
    const lab = await startLab();
    const archives = {
      crc: IMAGE,
      digest: IMAGE,
      index: IMAGE,
      manifest: IMAGE,
      blob: 'qemu-server.conf.blob',
    } as const;
    for (const [corruption, archive] of Object.entries(archives)) {
      lab.quirks.corruption = corruption as keyof typeof archives;
      await withFolder(async (folder) => {
        const { restore } = restoreOf(lab, { id: '100', archive, folder });
        const error = await failing(restore.run(forever));
        await restore.discard();
        expect([corruption, error.code]).toEqual([corruption, 'protocol']);
        expect(await readdir(folder)).toEqual([]);
      });
    }
  });

  it('asks for the key of an encrypted one, and takes no other', async () => {
    const lab = await startLab();
    const other = await CryptKey.of(newKey().secret);
    await withFolder(async (folder) => {
      const without = await failing(restoreOf(lab, { id: '200', archive: IMAGE, folder }).restore.run(forever));
      expect(without.toInfo()).toMatchObject({ code: 'invalid', detail: { needsKey: true } });
      const wrong = restoreOf(lab, { id: '200', archive: IMAGE, folder, key: other }).restore.run(forever);
      expect((await failing(wrong)).message).toMatch(/was made with the key/);
      expect(await readdir(folder)).toEqual([]);
    });
  });

  it('stops when it is told to, goes on where it was, and takes away its file when it is given up', async () => {
    const lab = await startLab({ quirks: { chunkDelayMs: 10 } });
    await withFolder(async (folder) => {
      const { restore, path, seen } = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { inFlightBytes: 1 });
      const stop = new AbortController();
      const running = failing(restore.run(stop.signal));
      await eventually(() => (lab.meters[0]?.chunks.length ?? 0) >= 5, 'the fifth chunk');
      stop.abort(new AppError('aborted', 'paused'));
      expect((await running).code).toBe('aborted');
      expect(await readdir(folder)).toEqual(['restored.partial']);
      await eventually(() => lab.tasks[0]?.status === 'OK', 'the end of the task on the server');
      lab.quirks.chunkDelayMs = 0;
      await restore.run(forever);
      expect(await sumOf(path)).toBe(snapshotOf(lab, '100').snapshot.archive(IMAGE)?.contentSum());
      expect(seen.writtenBytes).toBe(seen.totalBytes);

      const again = restoreOf(lab, { id: '104', archive: 'root.pxar.didx', folder: `${folder}` });
      expect((await failing(again.restore.run(forever))).toInfo()).toMatchObject({ detail: { exists: true } });
      expect(await readdir(folder)).toEqual(['restored']);
    });
  });

  it('says that the disk is full, and a link in the place of its file is not followed', async () => {
    const lab = await startLab();
    await withFolder(async (folder) => {
      let discarded = 0;
      const full: WriteTarget = {
        setSize: () => Promise.resolve(),
        write: () => Promise.reject(diskError(Object.assign(new Error('x'), { code: 'ENOSPC' }), '/data/it')),
        finish: () => Promise.resolve(),
        discard: () => {
          discarded += 1;
          return Promise.resolve();
        },
      };
      const createTarget = () => Promise.resolve(full);
      const { restore } = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { createTarget });
      const error = await failing(restore.run(forever));
      expect(error.code).toBe('limit');
      expect(error.message).toMatch(/^The disk with .* is full/);
      await restore.discard();
      expect(discarded).toBe(1);
      const { symlink } = await import('node:fs/promises');
      await writeFile(join(folder, 'victim'), 'precious');
      await symlink(join(folder, 'victim'), join(folder, 'restored.partial'));
      await failing(restoreOf(lab, { id: '100', archive: IMAGE, folder }).restore.run(forever));
      expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('precious');
    });
  });

  it('waits for the disk: while it stalls nothing more is asked for', async () => {
    const lab = await startLab();
    await withFolder(async (folder) => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const stalled: WriteTarget = {
        setSize: () => Promise.resolve(),
        write: () => gate,
        finish: () => Promise.resolve(),
        discard: () => Promise.resolve(),
      };
      const createTarget = () => Promise.resolve(stalled);
      const { restore } = restoreOf(lab, { id: '100', archive: IMAGE, folder }, { createTarget, heartbeatMs: 20 });
      const running = restore.run(forever);
      await eventually(() => (lab.meters[0]?.heartbeats ?? 0) >= 5, 'heartbeats of a session that waits for the disk');
      expect(lab.meters[0]?.chunks.length).toBe(3); // 32 MiB of four times 8 MiB and a little
      release();
      await running;
    });
  });
});

describe('a session of the reader', () => {
  const snapshot = (lab: PbsLab) => snapshotOf(lab, '100').ref;

  it('is refused in the words of the server', async () => {
    const lab = await startLab();
    const clock = systemClock;
    const opening = (changes: object, server = serverOf(lab)) =>
      failing(ReaderSession.open(server, { ...snapshot(lab), ...changes }, { clock, heartbeatMs: 0 }));
    expect(await opening({ id: '999' })).toMatchObject({ code: 'not-found', message: /vm\/999\/.* does not exist/ });
    expect((await opening({ datastore: 'other' })).code).toBe('forbidden');
    const stranger = { ...serverOf(lab), credentials: () => undefined };
    expect((await opening({}, stranger)).code).toBe('session-expired');
    const untrusting = { ...serverOf(lab), trust: { isSystemTrusted: false } };
    expect((await opening({}, untrusting)).code).toBe('certificate-unknown');
    lab.quirks.isLocked = true;
    expect(await opening({})).toMatchObject({ code: 'busy', retry: 'later' });
  });

  it('gets chunks of indexes it opened only', async () => {
    const lab = await startLab();
    const session = await ReaderSession.open(serverOf(lab), snapshot(lab), { clock: systemClock, heartbeatMs: 0 });
    expect((await failing(session.chunk('ab'.repeat(32), () => {}))).message).toMatch(/not allowed/);
    session.dispose();
    expect((await failing(session.download('index.json.blob', () => {}))).code).toBe('closed');
    await eventually(() => lab.tasks[0]?.status === 'OK', 'the end of the task');
  });

  it('beats while it has nothing to ask, and nothing of that is in the log', async () => {
    const lab = await startLab({ quirks: { idleCutMs: 400 } });
    const session = await ReaderSession.open(serverOf(lab), snapshot(lab), { clock: systemClock, heartbeatMs: 50 });
    await eventually(() => (lab.meters[0]?.heartbeats ?? 0) >= 20, 'twenty heartbeats');
    expect(session.isOpen).toBe(true);
    expect(lab.tasks[0]?.lines.filter((line) => line.includes('heartbeat'))).toEqual([]);
    session.dispose();
  });

  it('asks a server that knows no heartbeat once, and pings it from then on', async () => {
    const lab = await startLab({ quirks: { hasHeartbeat: false } });
    const session = await ReaderSession.open(serverOf(lab), snapshot(lab), { clock: systemClock, heartbeatMs: 20 });
    await eventually(() => session.heartbeats >= 10, 'ten heartbeats');
    expect(session.isOpen).toBe(true);
    expect(lab.meters[0]?.heartbeats).toBe(1);
    expect(lab.tasks[0]?.lines.filter((line) => line.includes('heartbeat')).length).toBe(1);
    session.dispose();
  });

  it('is given up where a chunk comes half and then nothing for a minute, and the half is not taken for all', async () => {
    const lab = await startLab({ quirks: { isStalling: true } });
    const clock = new FakeClock();
    const session = await ReaderSession.open(serverOf(lab), snapshot(lab), { clock, heartbeatMs: 0 });
    await session.download(IMAGE, () => {});
    let bytes = 0;
    const [digest = ''] = snapshotOf(lab, '100').snapshot.archive(IMAGE)?.digests() ?? [];
    const coming = failing(
      session.chunk(digest, (piece) => {
        bytes += piece.length;
      }),
    );
    await eventually(() => bytes > 0, 'the half');
    clock.advance(66_000);
    expect(await coming).toMatchObject({ code: 'timeout', retry: 'later' });
    expect(session.isOpen).toBe(false);
  });

  it('without a heartbeat is cut by what stands in between, and says so', async () => {
    const lab = await startLab({ quirks: { idleCutMs: 50 } });
    const session = await ReaderSession.open(serverOf(lab), snapshot(lab), { clock: systemClock, heartbeatMs: 0 });
    await eventually(() => !session.isOpen, 'the cut');
    expect(await failing(session.download('index.json.blob', () => {}))).toMatchObject({
      code: 'reset',
      retry: 'later',
    });
  });
});

describe('a key file', () => {
  it('gives the same key whichever way it is locked', async () => {
    const fingerprint = (await CryptKey.of(sampleKey.secret)).fingerprint;
    for (const kdf of ['none', 'scrypt', 'pbkdf2'] as const) {
      const file = parseKeyFile(keyFileText(sampleKey, kdf, 'open sesame'));
      expect((await unlockKey(file, 'open sesame')).fingerprint).toBe(fingerprint);
      if (kdf === 'none') continue;
      expect((await failing(unlockKey(file, undefined))).detail).toMatchObject({ needsPassword: true });
      expect((await failing(unlockKey(file, 'wrong'))).message).toMatch(/^The password of the key file is wrong/);
    }
    const swapped = { ...parseKeyFile(keyFileText(sampleKey, 'none')), fingerprint: 'aa'.repeat(32) };
    expect((await failing(unlockKey(swapped, undefined))).message).toMatch(/damaged/);
  });
});

describe('Zstandard', () => {
  it('is unpacked alike by Node and by the library for those without', async () => {
    const data = Buffer.alloc(300_000, 'some text that repeats, and does so again; ');
    const packed = encodeBlob(data, { compress: true }).subarray(12);
    expect(packed.length).toBeLessThan(10_000);
    expect(Buffer.from(await decompressZstd(packed, data.length)).equals(data)).toBe(true);
    expect(Buffer.from(await decompressZstd(packed, data.length, portableZstd)).equals(data)).toBe(true);
    for (const inflate of [undefined, portableZstd]) {
      expect((await failing(decompressZstd(packed, data.length - 1000, inflate))).code).toBe('protocol');
      expect((await failing(decompressZstd(Buffer.from('no zstd at all'), 100, inflate))).code).toBe('protocol');
    }
  });
});
