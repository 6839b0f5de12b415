import { shortSizeBytes, SIZE, sizeBytes } from './sizes.ts';
import { eta, type LineReader } from './update.ts';

const convert = new RegExp(`^(?:\\S+ \\S+ )?transferred ${SIZE} of ${SIZE} \\((\\d+(?:\\.\\d+)?)%\\)$`);

/** Offline disk copies by qemu-img (facts 6.4 h). */
export const readConvertLine: LineReader = (line) => {
  const match = convert.exec(line);
  if (!match) return undefined;
  const doneBytes = sizeBytes(match[1], match[2]);
  const totalBytes = sizeBytes(match[3], match[4]);
  return { phase: 'Copying disks', doneBytes, totalBytes, fraction: Number(match[5]) / 100 };
};

const dd = /(\d+) bytes(?: \([^)]*\))* copied, (\d+(?:\.\d+)?) s, (\d+(?:\.\d+)?) ([kMGT]?B)\/s$/;
const decimalUnits: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** `dd status=progress` (facts 6.4 c). Its total is not in the log. */
export const readDdLine: LineReader = (line) => {
  const match = dd.exec(line);
  if (!match) return undefined;
  const bytesPerSecond = Math.round(Number(match[3]) * (decimalUnits[match[4] ?? 'B'] ?? 1));
  return { phase: 'Copying disks', doneBytes: Number(match[1]), bytesPerSecond };
};

/** `zfs send -v` (facts 6.4 c): a total first, then what was sent by now, once a second. */
export function createZfsReader(): LineReader {
  let totalBytes: number | undefined;
  return (line) => {
    const total = /total estimated size is (\d+(?:\.\d+)?[BKMGT]?)$/.exec(line);
    if (total) {
      totalBytes = shortSizeBytes(total[1] ?? '');
      return { phase: 'Copying disks', begins: true, doneBytes: 0, ...(totalBytes !== undefined && { totalBytes }) };
    }
    const sent = /(?:^|\s)\d\d:\d\d:\d\d\s+(\d+(?:\.\d+)?[BKMGT]?)\s+\S+@\S+$/.exec(line);
    const doneBytes = sent ? shortSizeBytes(sent[1] ?? '') : undefined;
    if (doneBytes === undefined) return undefined;
    const known = totalBytes !== undefined && totalBytes > 0 ? { totalBytes: Math.max(totalBytes, doneBytes) } : {};
    return { phase: 'Copying disks', doneBytes, ...known };
  };
}

const wget = /^\s*(\d+)K (?:[., ]+)\s*(\d+)% +(\S+)(?: (\S+)|=(\S+))?$/;
const wgetBlind = /^\s*(\d+)K (?:[., ]+)\s*(\d+(?:\.\d+)?[KMG])$/;

/** wget's dots (facts 6.4 j): where the line begins, percent after it, speed, time left. */
export const readWgetLine: LineReader = (line) => {
  const match = wget.exec(line);
  if (!match) {
    const blind = wgetBlind.exec(line);
    return blind ? { phase: 'Downloading', doneBytes: Number(blind[1]) * 1024 } : undefined;
  }
  const bytesPerSecond = shortSizeBytes(match[3] ?? '');
  const left = match[4] === undefined ? undefined : compactSeconds(match[4]);
  return {
    phase: 'Downloading',
    doneBytes: Number(match[1]) * 1024,
    fraction: Number(match[2]) / 100,
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    ...(left !== undefined && { etaSeconds: [left, left] as const }),
  };
};

function compactSeconds(text: string): number | undefined {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (!match || text === '') return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return Math.round((days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0));
}

const phases: readonly (readonly [RegExp, string])[] = [
  [/^starting file import from: /, 'Importing'],
  [/^calculating checksum/, 'Checking the checksum'],
  [/^decompressing /, 'Unpacking'],
  [/^downloading \S+ to /, 'Downloading'],
  [/^finished file import successfully/, 'Finished'],
  [/^download of .* finished/, 'Finished'],
  [/^create (full|linked) clone of drive/, 'Copying disks'],
  [/^allocated target volume/, 'Copying disks'],
  [/^(suspend|resume) vm$/, 'Finishing'],
];

/** What uploads, downloads and clones do at the moment. */
export const readCopyPhase: LineReader = (line) => {
  const found = phases.find(([pattern]) => pattern.test(line));
  return found && { phase: found[1] };
};

const vma = /^progress (\d+)% \(read (\d+) bytes, duration (\d+) sec\)$/;
const pbs =
  /^progress (\d+)% \(read (\d+) bytes, zeroes = (\d+)% \((\d+) bytes\),(?: nonzero writes = (\d+), chunks fetched = (\d+),)? duration (\d+) sec\)$/;

/** Restores of guests, from a file and from a backup server (facts 6.4 g). */
export const readRestoreLine: LineReader = (line) => {
  const match = vma.exec(line) ?? pbs.exec(line);
  if (!match)
    return /^(restore vma archive|restore proxmox backup image|restoring '.*' now|extracting archive)/.test(line)
      ? { phase: 'Restoring' }
      : undefined;
  const percent = Number(match[1]);
  const doneBytes = Number(match[2]);
  const seconds = Number(match[match.length - 1]);
  const bytesPerSecond = seconds > 0 ? Math.round(doneBytes / seconds) : 0;
  const guess = percent > 0 ? eta((doneBytes / percent) * (100 - percent), [bytesPerSecond]) : undefined;
  return {
    phase: 'Restoring',
    fraction: percent / 100,
    doneBytes,
    ...(bytesPerSecond > 0 && { bytesPerSecond }),
    ...(guess && { etaSeconds: guess }),
  };
};
