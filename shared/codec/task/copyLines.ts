import { shortSizeBytes } from './sizes.ts';
import { type LineReader, phaseReader } from './update.ts';

const wget = /^\s*(\d+)K (?:[., ]+)\s*(\d+)% +(\S+?)(?: (\S+)|=(\S+))?$/;
const wgetBlind = /^\s*(\d+)K (?:[., ]+)\s*(\d+(?:[.,]\d+)?[KMG])$/;

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
    fraction: Math.min(1, Number(match[2]) / 100),
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

/** What uploads, downloads and clones do at the moment (facts 6.4 h, j). */
export const readCopyPhase: LineReader = phaseReader([
  [/^starting file import from: /, 'Importing'],
  [/^command: cp -- /, 'Copying into place'],
  [/^calculating checksum/, 'Checking the checksum'],
  [/^decompressing /, 'Unpacking'],
  [/^downloading \S+ to /, 'Downloading'],
  [/^finished file import successfully/, 'Finished'],
  [/^download of .* finished/, 'Finished'],
  [/^create (full|linked) clone of drive/, 'Copying disks'],
  [/^create (full|linked) clone of mountpoint/, 'Copying disks'],
  [/^allocated target volume/, 'Copying disks'],
  [/^(suspend|resume) vm$/, 'Finishing'],
]);
