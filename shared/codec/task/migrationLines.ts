import { durationSeconds, SIZE, sizeBytes } from './sizes.ts';
import { eta, type LineReader, type LogUpdate } from './update.ts';

export const MEMORY = 'Memory';

const ram = new RegExp(
  `migration (active|device), transferred ${SIZE} of ${SIZE} VM-state, ${SIZE}/s(?: \\(\\+ ${SIZE} VFIO-state\\))?(?:, VM dirties lots of memory: ${SIZE}/s)?$`,
);
const average = new RegExp(`average migration speed: ${SIZE}/s - downtime (\\d+) ms$`);
const completed = new RegExp(`migration completed, transferred ${SIZE} VM-state`);

/** The memory of a live migration (facts 6.4 a). What was sent may exceed what there is: it never counts for more. */
export const readMemoryLine: LineReader = (line) => {
  const match = ram.exec(line);
  if (match) return memoryUpdate(match);
  const speed = average.exec(line);
  if (speed) return { bytesPerSecond: sizeBytes(speed[1], speed[2]) };
  if (completed.test(line)) return { phase: 'Memory is moved', part: { name: MEMORY, isReady: true } };
  return undefined;
};

function memoryUpdate(match: RegExpExecArray): LogUpdate {
  const sentBytes = sizeBytes(match[2], match[3]);
  const totalBytes = sizeBytes(match[4], match[5]);
  const bytesPerSecond = sizeBytes(match[6], match[7]);
  const dirtyBytesPerSecond = match[10] === undefined ? 0 : sizeBytes(match[10], match[11]);
  const doneBytes = Math.min(sentBytes, totalBytes);
  // Zero pages are skipped and dirty ones sent again: the rest is a guess, and with memory dirtied faster than it is
  // sent there is none.
  const guess = eta(totalBytes - doneBytes, [bytesPerSecond, bytesPerSecond - dirtyBytesPerSecond]);
  const converges = bytesPerSecond > dirtyBytesPerSecond;
  return {
    phase: match[1] === 'device' ? 'Moving device state' : 'Moving memory',
    part: { name: MEMORY, doneBytes, totalBytes },
    bytesPerSecond,
    dirtyBytesPerSecond,
    ...(guess && converges && sentBytes < totalBytes && { etaSeconds: guess }),
  };
}

const mirror = new RegExp(
  `^(?:\\S+ \\S+ )?(drive-[a-z]+\\d+|[^:\\s]+): transferred ${SIZE} of ${SIZE} \\((\\d+(?:\\.\\d+)?)%\\) in ((?:\\d+[wdhms] ?)+?)(, ready|, still busy)?$`,
);
const blockJob = /^(?:\S+ \S+ )?(drive-[a-z]+\d+): (Completing block job|Completed successfully|mirror-job finished)/;

/** Disks that are mirrored while the guest runs (facts 6.4 b, h). Several are interleaved. */
export const readMirrorLine: LineReader = (line) => {
  const match = mirror.exec(line);
  if (match) return mirrorUpdate(match);
  const job = blockJob.exec(line);
  if (job) return { phase: 'Switching disks over', part: { name: diskName(job[1]), isReady: true } };
  return undefined;
};

function mirrorUpdate(match: RegExpExecArray): LogUpdate {
  const doneBytes = sizeBytes(match[2], match[3]);
  const totalBytes = sizeBytes(match[4], match[5]);
  const seconds = durationSeconds(match[7] ?? '');
  const bytesPerSecond = seconds > 0 ? Math.round(doneBytes / seconds) : 0;
  const isReady = match[8] === ', ready';
  const guess = isReady ? undefined : eta(totalBytes - doneBytes, [bytesPerSecond]);
  return {
    phase: 'Copying disks',
    part: { name: diskName(match[1]), doneBytes, totalBytes, isReady },
    ...(bytesPerSecond > 0 && { bytesPerSecond }),
    ...(guess && { etaSeconds: guess }),
  };
}

function diskName(text: string | undefined): string {
  return (text ?? '').replace(/^drive-/, '');
}

const phases: readonly (readonly [RegExp, string])[] = [
  [/starting migration of (VM|CT) \d+ to node/, 'Preparing'],
  [/starting (VM \d+ on remote node|container on target)/, 'Starting on the target'],
  [/copying local disk images/, 'Copying disks'],
  [/starting storage migration/, 'Copying disks'],
  [/^drive mirror is starting for/, 'Copying disks'],
  [/^all 'mirror' jobs are ready/, 'Disks are copied'],
  [/start migrate command to/, 'Moving memory'],
  [/shutdown CT \d+/, 'Shutting down'],
  [/start container on target node/, 'Starting on the target'],
  [/start final cleanup/, 'Cleaning up'],
  [/aborting phase \d/, 'Undoing'],
  [/migration finished successfully/, 'Finished'],
];

/** What a migration does at the moment. */
export const readMigrationPhase: LineReader = (line) => {
  const found = phases.find(([pattern]) => pattern.test(line));
  return found && { phase: found[1] };
};
