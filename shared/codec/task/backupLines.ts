import { DECIMAL, decimal, SIZE, sizeBytes } from './sizes.ts';
import { type LineReader, phaseReader } from './update.ts';

const progress = new RegExp(
  `^INFO: +(\\d+)% \\(${SIZE} of ${SIZE}\\) in ((?:\\d+[wdhms] ?)+), read: (?:${SIZE}|0 B)/s, write: (?:${SIZE}|0 B)/s$`,
);

/** vzdump (facts 6.4 f). One job may back up several guests, one after the other. */
export const readBackupLine: LineReader = (line) => {
  const match = progress.exec(line);
  if (match) {
    const doneBytes = sizeBytes(match[2], match[3]);
    const totalBytes = sizeBytes(match[4], match[5]);
    const nowRate = match[7] === undefined ? 0 : sizeBytes(match[7], match[8]);
    return {
      doneBytes,
      totalBytes,
      fraction: Math.min(1, Number(match[1]) / 100),
      bytesPerSecond: nowRate,
    };
  }
  return readJobLine(line) ?? readFiles(line) ?? readPhase(line);
};

const readJobLine: LineReader = (line) => {
  const job = /^INFO: starting new backup job: vzdump ((?:\d+ )*\d+)(?: --|$)/.exec(line);
  if (job) return { phase: 'Preparing', of: (job[1] ?? '').split(' ').length };
  if (/^INFO: starting new backup job: vzdump/.test(line)) return { phase: 'Preparing', of: 0 };
  const guest = /^INFO: Starting Backup of (VM|CT) (\d+) \(/.exec(line);
  if (guest) return { phase: `Backing up ${guest[1]} ${guest[2]}`, begins: true };
  const ended = /^(?:INFO: Finished|ERROR:) Backup of (?:VM|CT) (\d+) (?:\(|failed)/.exec(line);
  if (ended) return { ends: ended[1] ?? '' };
  return undefined;
};

const written = new RegExp(`^INFO: Total bytes written: (\\d+) \\((?:[^,]*), ${DECIMAL}([KMG]iB)/s\\)$`);
const processed = new RegExp(`^INFO: processed ${SIZE} in .*, uploaded ${SIZE}$`);

/** Containers: tar tells nothing till its end, the Backup Server's client what it went through. */
const readFiles: LineReader = (line) => {
  const all = written.exec(line);
  if (all) return { doneBytes: Number(all[1]), bytesPerSecond: sizeBytes(String(decimal(all[2])), all[3]) };
  const part = processed.exec(line);
  return part ? { doneBytes: sizeBytes(part[1], part[2]) } : undefined;
};

const readPhase = phaseReader([
  [/^INFO: (?:starting first sync|first sync finished)/, 'Copying files'],
  [/^INFO: (?:starting final sync|resume vm)/, 'Copying what has changed'],
  [/^INFO: Waiting for server to finish backup validation/, 'Waiting for the backup server'],
  [/^INFO: archive file size:/, 'Finishing'],
  [/^INFO: prune older backups/, 'Removing older backups'],
  [/^INFO: Backup job finished/, 'Finished'],
]);
