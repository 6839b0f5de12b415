import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { findProgram, run } from './command.ts';

// Offsets in the x86 boot protocol's header (Linux, Documentation/arch/x86/boot.rst).
const SETUP_SECTORS = 0x1f1;
const MAGIC = 0x202;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
const SECTOR_BYTES = 512;
const MAX_KERNEL_BYTES = 256 << 20;

interface Packing {
  readonly magic: string;
  readonly program: string;
}

const packings: readonly Packing[] = [
  { magic: 'fd377a585a00', program: 'xz' },
  { magic: '28b52ffd', program: 'zstd' },
  { magic: '02214c18', program: 'lz4' },
];

/** The packed kernel inside a bzImage, without the length that follows it; undefined when it is no bzImage. */
export function bzImagePayload(image: Buffer): Buffer | undefined {
  if (image.length < 0x260 || image.toString('latin1', MAGIC, MAGIC + 4) !== 'HdrS') return undefined;
  const sectors = (image[SETUP_SECTORS] || 4) + 1;
  const from = sectors * SECTOR_BYTES + image.readUInt32LE(PAYLOAD_OFFSET);
  const length = image.readUInt32LE(PAYLOAD_LENGTH);
  return length > 4 && from + length <= image.length ? image.subarray(from, from + length - 4) : undefined;
}

/**
 * The unpacked kernel (ELF), which QEMU starts directly (PVH). Without hardware virtualisation this saves the guest 6 s
 * of unpacking. Undefined when it is packed in a way we have no tool for, or is no ELF file.
 */
export async function unpackKernel(image: Buffer, signal?: AbortSignal): Promise<Buffer | undefined> {
  const payload = bzImagePayload(image);
  if (!payload) return undefined;
  const kernel = await unpack(payload, signal);
  const isElf = kernel?.toString('latin1', 0, 4) === '\x7fELF';
  return isElf ? kernel : undefined;
}

async function unpack(payload: Buffer, signal?: AbortSignal): Promise<Buffer | undefined> {
  const start = payload.toString('hex', 0, 6);
  if (start.startsWith('1f8b')) return promisify(gunzip)(payload, { maxOutputLength: MAX_KERNEL_BYTES });
  const packing = packings.find(({ magic }) => start.startsWith(magic));
  if (!packing || !findProgram(packing.program)) return undefined;
  return run(packing.program, ['-dc'], { input: payload, signal, maxOutputBytes: MAX_KERNEL_BYTES });
}
