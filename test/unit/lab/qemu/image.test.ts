import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { bzImagePayload, unpackKernel } from '../../../../electron/lab/qemu/bzImage.ts';
import { findProgram } from '../../../../electron/lab/qemu/command.ts';
import { cpioArchive } from '../../../../electron/lab/qemu/cpio.ts';
import { IMAGE_PREFIX, isStatic, prepareGuestImage } from '../../../../electron/lab/qemu/guestImage.ts';
import { ImageCache } from '../../../../electron/lab/qemu/imageCache.ts';
import { dependencies } from '../../../../electron/lab/qemu/kernelModules.ts';

const kernel = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(5000, 7)]);

/** A bzImage with two setup sectors, some loader code and the payload, as the boot protocol lays it out. */
function bzImage(payload: Buffer): Buffer {
  const setup = Buffer.alloc(3 * 512);
  setup[0x1f1] = 2;
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt32LE(100, 0x248);
  setup.writeUInt32LE(payload.length + 4, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(100), payload, Buffer.from([1, 2, 3, 4]), Buffer.alloc(50)]);
}

describe('a packed kernel', () => {
  it('is found inside a bzImage and unpacked', async () => {
    const packed = gzipSync(kernel);
    expect(bzImagePayload(bzImage(packed))?.equals(packed)).toBe(true);
    expect((await unpackKernel(bzImage(packed)))?.equals(kernel)).toBe(true);
  });

  it.runIf(findProgram('xz'))('is unpacked from xz too, as Debian packs it', async () => {
    const packed = execFileSync('xz', ['-c', '--check=crc32'], { input: kernel });
    expect((await unpackKernel(bzImage(packed)))?.equals(kernel)).toBe(true);
  });

  it('is left alone when it is no bzImage, is cut, or packed in an unknown way', async () => {
    expect(await unpackKernel(Buffer.alloc(4000))).toBeUndefined();
    expect(await unpackKernel(bzImage(gzipSync(kernel)).subarray(0, 1650))).toBeUndefined();
    expect(await unpackKernel(bzImage(Buffer.from('something else')))).toBeUndefined();
    expect(await unpackKernel(bzImage(gzipSync(Buffer.from('no ELF file'))))).toBeUndefined();
  });
});

describe('a cpio archive', () => {
  const archive = cpioArchive([
    { kind: 'directory', path: 'bin' },
    { kind: 'file', path: 'bin/odd', content: Buffer.from('12345'), mode: 0o755 },
    { kind: 'link', path: 'init', target: 'bin/odd' },
    { kind: 'device', path: 'dev-console', major: 5, minor: 1 },
  ]);

  it('has members at multiples of four, and a trailer', () => {
    const starts = [...archive.toString('latin1').matchAll(/070701/g)].map(({ index }) => index);
    expect(starts).toHaveLength(5);
    expect(starts.every((start) => start % 4 === 0)).toBe(true);
    expect(archive.toString('latin1')).toContain('TRAILER!!!');
  });

  it.runIf(findProgram('cpio'))('is what cpio itself reads', () => {
    const list = execFileSync('cpio', ['-tv', '--quiet'], { input: archive }).toString();
    expect(list).toMatch(/drwxr-xr-x .* bin\n/);
    expect(list).toMatch(/-rwxr-xr-x .* 5 .* bin\/odd\n/);
    expect(list).toMatch(/init -> bin\/odd/);
    expect(list).toMatch(/crw------- .* 5, +1 .* dev-console/);
  });
});

describe('files of the guest', () => {
  it('names what a kernel module depends on', () => {
    const module = Buffer.from('code\0license=GPL\0depends=drm_kms_helper,drm-vram,ttm\0name=bochs\0', 'latin1');
    expect(dependencies(module)).toEqual(['drm_kms_helper', 'drm_vram', 'ttm']);
    expect(dependencies(Buffer.from('a\0depends=\0b', 'latin1'))).toEqual([]);
    expect(dependencies(Buffer.from('none'))).toEqual([]);
  });

  it('tells static programs from those that need libraries', () => {
    expect(isStatic(readFileSync(process.execPath))).toBe(false);
    expect(isStatic(Buffer.from('#!/bin/sh\n'))).toBe(false);
  });
});

describe('the image cache', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const build = (content: string) => async (work: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(join(work, 'kernel'), content);
    return 'guest-1-x';
  };

  it('keeps the first of two that build the same at once', async () => {
    const made = await Promise.all([
      new ImageCache(folder).make(build('one')),
      new ImageCache(folder).make(build('two')),
    ]);
    expect(new Set(made).size).toBe(1);
    expect(['one', 'two']).toContain(readFileSync(join(folder, 'guest-1-x', 'kernel'), 'utf8'));
    expect(readdirSync(folder)).toEqual(['guest-1-x']);
  });

  it('leaves nothing of a build that failed', async () => {
    const failing = async (work: string) => {
      writeFileSync(join(work, 'kernel'), 'half');
      throw new Error('no network');
    };
    await expect(new ImageCache(folder).make(failing)).rejects.toThrow('no network');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes what a killed process left, and nothing of a running one', async () => {
    for (const name of ['.building-1-old', '.building-2-new']) mkdirSync(join(folder, name));
    const old = new Date(Date.now() - 2 * 3600 * 1000);
    utimesSync(join(folder, '.building-1-old'), old, old);
    await new ImageCache(folder).make(build('x'));
    expect(readdirSync(folder).toSorted()).toEqual(['.building-2-new', 'guest-1-x']);
  });

  it('is all that is needed where an image was built before', async () => {
    mkdirSync(join(folder, `${IMAGE_PREFIX}linux-image-9`), { recursive: true });
    const image = await prepareGuestImage({ cacheDir: folder });
    expect(image?.kernel).toBe(join(folder, `${IMAGE_PREFIX}linux-image-9`, 'kernel'));
  });

  it('stops building when told, and leaves nothing', async () => {
    const controller = new AbortController();
    controller.abort(new Error('the demo ended'));
    await expect(prepareGuestImage({ cacheDir: folder, signal: controller.signal })).rejects.toThrow('the demo ended');
    expect(readdirSync(folder)).toEqual([]);
  });
});
