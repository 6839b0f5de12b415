import { durationSeconds, SIZE, sizeBytes } from './sizes.ts';
import { eta, type LineReader } from './update.ts';

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
    const seconds = durationSeconds(match[6] ?? '');
    const guess = eta(totalBytes - doneBytes, [nowRate, seconds > 0 ? doneBytes / seconds : 0]);
    return {
      doneBytes,
      totalBytes,
      fraction: Number(match[1]) / 100,
      bytesPerSecond: nowRate,
      ...(guess && { etaSeconds: guess }),
    };
  }
  return readJobLine(line) ?? readPhase(line);
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

const phases: readonly (readonly [RegExp, string])[] = [
  [/^INFO: Waiting for server to finish backup validation/, 'Waiting for the backup server'],
  [/^INFO: archive file size:/, 'Finishing'],
  [/^INFO: prune older backups/, 'Removing older backups'],
  [/^INFO: Backup job finished/, 'Finished'],
];

const readPhase: LineReader = (line) => {
  const found = phases.find(([pattern]) => pattern.test(line));
  return found && { phase: found[1] };
};
