import { DECIMAL, decimal, shortSizeBytes, SIZE, sizeBytes } from './sizes.ts';
import type { LineReader, LogUpdate, PartUpdate } from './update.ts';

const found = /found local (?:disk|volume) '([^']+)' \((.*)\)/;
const arrived = /volume '([^']+)' is '[^']+' on the target$/;
const dd = new RegExp(`(\\d+) bytes(?: \\([^)]*\\))*(?: copied)?, ${DECIMAL} s, ${DECIMAL}[ \\u00a0]([kMGT]?B)/s$`);
const convert = new RegExp(`^(?:.* )?transferred ${SIZE} of ${SIZE} \\(${DECIMAL}%\\)$`);
const zfsTotal = /total estimated size is (\S+)$/;
const zfsSent = /(?:^|\s)\d\d:\d\d:\d\d\s+(\d+(?:[.,]\d+)?[BKMGT]?)\s+(\S+)@\S+$/;
const rbd = /(?:Exporting|Importing) (?:image|image diff|diff): (\d+)% complete\.\.\.(done\.)?$/;
const drive = /create (?:full|linked) clone of drive (\S+) \(/;

const decimalUnits: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a volume by its ID (`local-lvm:vm-100-disk-0`), where the server said so elsewhere. */
export type VolumeSizes = (volume: string) => number | undefined;

/** `vm-100-disk-0` of `local-lvm:vm-100-disk-0` and of `rpool/data/vm-100-disk-0`. */
const shortName = (volume: string): string => volume.replace(/^.*[:/]/, '');

/**
 * Offline copies: dd, zfs send, rbd export, qemu-img convert (facts 6.4 c, h). Their lines name no disk, but disks are
 * copied one after the other in the order in which they were found, those that no running guest holds first.
 */
export class OfflineCopies {
  readonly #sizeOf: VolumeSizes;
  readonly #waiting: { volume: string; isAttached: boolean }[] = [];
  readonly #arrived = new Set<string>();
  #drive: string | undefined;
  #zfsTotalBytes: number | undefined;

  constructor(sizeOf: VolumeSizes = () => undefined) {
    this.#sizeOf = sizeOf;
  }

  readonly read: LineReader = (line) => this.#readBounds(line) ?? this.#readNumbers(line);

  #readBounds(line: string): LogUpdate | undefined {
    const disk = found.exec(line);
    if (disk) {
      const volume = disk[1] ?? '';
      const isAttached = /(?:^|[^n])attached/.test(disk[2] ?? '');
      if (!this.#waiting.some((known) => known.volume === volume)) this.#waiting.push({ volume, isAttached });
      return { phase: 'Preparing', expectsDisk: volume };
    }
    const there = arrived.exec(line);
    if (there) return this.#arrive(there[1] ?? '');
    const clone = drive.exec(line);
    if (clone) {
      this.#drive = clone[1] ?? '';
      return { phase: 'Copying disks', expectsDisk: this.#drive };
    }
    return undefined;
  }

  /** Disks that are mirrored say it too, before they begin: only what was copied by now is through. */
  #arrive(volume: string): LogUpdate {
    const isCopied = this.#current()?.volume === volume && this.#hasBegun;
    if (!isCopied) return { phase: 'Preparing' };
    this.#arrived.add(volume);
    this.#hasBegun = false;
    this.#zfsTotalBytes = undefined;
    const totalBytes = this.#sizeOf(volume);
    return {
      phase: 'Copying disks',
      part: { name: shortName(volume), isReady: true, ...(totalBytes !== undefined && { totalBytes }) },
    };
  }

  #hasBegun = false;

  #current(): { volume: string } | undefined {
    const left = this.#waiting.filter(({ volume }) => !this.#arrived.has(volume));
    return left.find(({ isAttached }) => !isAttached) ?? left[0];
  }

  #readNumbers(line: string): LogUpdate | undefined {
    const copied = dd.exec(line);
    if (copied) {
      const bytesPerSecond = Math.round(decimal(copied[3]) * (decimalUnits[copied[4] ?? 'B'] ?? 1));
      return this.#of({ doneBytes: Number(copied[1]), bytesPerSecond });
    }
    const converted = convert.exec(line);
    if (converted) {
      const doneBytes = sizeBytes(converted[1], converted[2]);
      return this.#of({ doneBytes, totalBytes: sizeBytes(converted[3], converted[4]) });
    }
    const percent = rbd.exec(line);
    if (percent) return this.#of({ fraction: percent[2] === undefined ? Math.min(1, Number(percent[1]) / 100) : 1 });
    return this.#readZfs(line);
  }

  #readZfs(line: string): LogUpdate | undefined {
    const total = zfsTotal.exec(line);
    if (total) {
      this.#zfsTotalBytes = shortSizeBytes(total[1] ?? '');
      return { phase: 'Copying disks' };
    }
    const sent = zfsSent.exec(line);
    const doneBytes = sent ? shortSizeBytes(sent[1] ?? '') : undefined;
    if (!sent || doneBytes === undefined) return undefined;
    const totalBytes = this.#zfsTotalBytes;
    const known = totalBytes !== undefined && totalBytes > 0 ? { totalBytes: Math.max(totalBytes, doneBytes) } : {};
    return this.#of({ doneBytes, ...known }, shortName(sent[2] ?? ''));
  }

  #of(numbers: Omit<PartUpdate, 'name'>, named?: string): LogUpdate {
    this.#hasBegun = true;
    const volume = this.#current()?.volume;
    const own = volume === undefined ? undefined : this.#sizeOf(volume);
    const name = this.#drive ?? (volume === undefined ? named : shortName(volume)) ?? 'Disk';
    const part = { name, ...(own !== undefined && { totalBytes: own }), ...numbers };
    return { phase: 'Copying disks', part };
  }
}
