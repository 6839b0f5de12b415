import type { GuestBackend } from '../guestBackend.ts';
import { chooseAccelerator } from './accelerator.ts';
import { prepareGuestImage } from './guestImage.ts';
import { defaultCacheDir } from './imageCache.ts';
import { createQemuGuest, findQemu } from './qemuGuest.ts';
import type { Accelerator } from './qemuProcess.ts';
import type { SpiceIdentity } from './spiceServer.ts';

export interface QemuGuestRequest {
  readonly vmid: number;
  readonly name: string;
  /** What its SPICE server shows; without, it has none. */
  readonly spice?: SpiceIdentity | undefined;
}

export interface QemuSupport {
  readonly accelerator: Accelerator;
  createGuest(guest: QemuGuestRequest): GuestBackend;
}

export interface QemuSupportOptions {
  readonly cacheDir?: string;
  /** Progress, and the reason when there will be none. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * All that real guests need: the emulator, an image and the better accelerator. Takes about 5 s the first time, then
 * nothing. Undefined, with the reason logged, where one of them is missing.
 */
export async function prepareQemu(options: QemuSupportOptions = {}): Promise<QemuSupport | undefined> {
  const log = options.log ?? (() => undefined);
  const program = findQemu();
  if (!program) {
    log('no QEMU guest: qemu-system-x86_64 is not installed');
    return undefined;
  }
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const image = await prepareGuestImage({ ...options, cacheDir });
  if (!image) return undefined;
  const accelerator = await chooseAccelerator({
    program,
    image,
    cacheDir,
    ...(options.signal && { signal: options.signal }),
  });
  return {
    accelerator,
    createGuest: (guest) => createQemuGuest({ ...guest, image, accelerator, program, log }),
  };
}
