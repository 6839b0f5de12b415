import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';

import { unpackKernel } from './bzImage.ts';
import { findProgram, run } from './command.ts';
import {
  currentKernelPackage,
  downloadPackage,
  missingPackageTools,
  type PackageOptions,
  refreshPackageLists,
  unpackPackage,
} from './debianPackages.ts';
import { defaultCacheDir, ImageCache } from './imageCache.ts';
import { initramfs } from './initramfs.ts';
import { resolveModules } from './kernelModules.ts';

export interface GuestImage {
  readonly kernel: string;
  readonly initrd: string;
}

export interface GuestImageOptions {
  readonly cacheDir?: string;
  /** Progress, and the reason when there will be no image. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

// Raise it when the files inside change: older images are then not used any more.
export const IMAGE_PREFIX = 'guest-3-';
// The screen of `-device virtio-vga` and of `-device VGA`; keyboard, console and serial line are built into Debian's
// kernel. Later USB with discs, for what SPICE redirects.
const MODULES = ['virtio_pci', 'virtio_gpu', 'bochs'];
const LATE_MODULES = ['xhci_pci', 'usb_storage', 'sr_mod'];
const MODULE_FOLDERS = ['drivers/gpu/drm', 'drivers/virtio', 'drivers/usb', 'drivers/scsi', 'drivers/cdrom'];
const KERNEL_FILES = ['./boot/vmlinuz-*', ...MODULE_FOLDERS.map((folder) => `./lib/modules/*/kernel/${folder}/*`)];

/**
 * A small Linux to boot in QEMU: Debian's kernel and a busybox in memory, built without any rights and kept in the
 * cache. Undefined, with the reason logged, where it cannot be built.
 */
export async function prepareGuestImage(options: GuestImageOptions = {}): Promise<GuestImage | undefined> {
  const log = options.log ?? (() => undefined);
  const cache = new ImageCache(options.cacheDir ?? defaultCacheDir());
  const existing = await cache.find(IMAGE_PREFIX);
  if (existing) return imageIn(existing);
  const reason = cannotBuild();
  if (reason) {
    log(`no guest image: ${reason}`);
    return undefined;
  }
  try {
    return imageIn(
      await cache.make((folder) => build(folder, { log, signal: options.signal, folder: join(folder, 'work') })),
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    log(`no guest image: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function imageIn(folder: string): GuestImage {
  return { kernel: join(folder, 'kernel'), initrd: join(folder, 'initrd') };
}

function cannotBuild(): string | undefined {
  if (process.platform !== 'linux') return 'it is built from Debian packages, on Linux only';
  if (arch() !== 'x64') return `the guest is an x86-64 one and this machine is ${arch()}`;
  return missingPackageTools();
}

/** Fills the folder and gives the name that says what is in it. */
async function build(folder: string, options: PackageOptions): Promise<string> {
  const { log, signal, folder: work } = options;
  await mkdir(work);
  const { name, deb } = await fetchKernel(options);
  const root = join(work, 'kernel');
  await mkdir(root);
  log('unpacking the kernel');
  await unpackPackage(deb, KERNEL_FILES, root, signal);
  const image = await readFile(join(root, 'boot', await only(join(root, 'boot'), 'vmlinuz-')));
  const kernel = await unpackKernel(image, signal);
  if (!kernel) log('the kernel stays packed, booting takes some seconds longer');
  await writeFile(join(folder, 'kernel'), kernel ?? image);
  const busybox = await staticBusybox(options);
  log('building the file system');
  const all = await resolveModules(join(root, 'lib/modules'), [...MODULES, ...LATE_MODULES], signal);
  const screen = await resolveModules(join(root, 'lib/modules'), MODULES, signal);
  const modules = all.slice(0, screen.length);
  const lateModules = all.slice(screen.length);
  const applets = (await run(busybox, ['--list'], { signal }))
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  await writeFile(
    join(folder, 'initrd'),
    initramfs({ busybox: await readFile(busybox), applets, modules, lateModules }),
  );
  await rm(work, { recursive: true });
  log(`guest image ready: ${name}`);
  return `${IMAGE_PREFIX}${name}`;
}

interface FetchedKernel {
  readonly name: string;
  readonly deb: string;
}

/** Package lists may be missing or older than the mirror; then they are fetched, where we may, and it is tried again. */
async function fetchKernel(options: PackageOptions): Promise<FetchedKernel> {
  const { log, signal } = options;
  try {
    return await fetchKernelNow(options);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(await refreshPackageLists(log, signal))) throw error;
    return fetchKernelNow(options);
  }
}

async function fetchKernelNow(options: PackageOptions): Promise<FetchedKernel> {
  const name = await currentKernelPackage(options.signal);
  if (!name) throw new Error('apt knows no linux-image-amd64');
  return { name, deb: await downloadPackage(name, options) };
}

/** The system's busybox where it needs no libraries, else one from its package. */
async function staticBusybox(options: PackageOptions): Promise<string> {
  const own = findProgram('busybox');
  if (own && isStatic(await readFile(own))) return own;
  const deb = await downloadPackage('busybox-static', options);
  const root = join(options.folder, 'busybox');
  await mkdir(root);
  await unpackPackage(deb, ['./*bin/busybox'], root, options.signal);
  const files = await readdir(root, { recursive: true });
  const file = files.find((path) => path.endsWith('bin/busybox'));
  if (!file) throw new Error('busybox-static holds no busybox');
  return join(root, file);
}

/** An ELF file without an interpreter (program header type 3). */
export function isStatic(elf: Buffer): boolean {
  if (elf.length < 64 || elf.toString('latin1', 0, 4) !== '\x7fELF' || elf[4] !== 2) return false;
  const from = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  const count = elf.readUInt16LE(56);
  const types = Array.from({ length: count }, (_, i) => elf.readUInt32LE(from + i * size));
  return !types.includes(3);
}

async function only(folder: string, start: string): Promise<string> {
  const name = (await readdir(folder)).find((entry) => entry.startsWith(start));
  if (!name) throw new Error(`the kernel package holds no ${start}`);
  return name;
}
