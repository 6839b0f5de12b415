import { durationSeconds, SIZE, sizeBytes } from './sizes.ts';
import { type LineReader, type LogUpdate, phaseReader } from './update.ts';

export const MEMORY = 'Memory';

const ram = new RegExp(
  `migration (active|device), transferred ${SIZE} of ${SIZE} VM-state, ${SIZE}/s(?: \\(\\+ ${SIZE} VFIO-state\\))?(?:, VM dirties lots of memory: ${SIZE}/s)?$`,
);
const average = new RegExp(`average migration speed: ${SIZE}/s - downtime (\\d+) ms$`);
const completed = new RegExp(`migration completed, transferred ${SIZE} VM-state$`);
const xbzrle = new RegExp(`xbzrle: send updates to \\d+ pages in ${SIZE} encoded memory(?:, .*)?$`);
const downtime = /(?:migration downtime limit|auto-increased downtime to continue migration): (\d+) ms$/;
const limit = new RegExp(`migration speed limit: ${SIZE}/s$`);

/** The memory of a live migration (facts 6.4 a). What was sent may exceed what there is: it never counts for more. */
export const readMemoryLine: LineReader = (line) => {
  const match = ram.exec(line);
  if (match) return memoryUpdate(match);
  const allowed = downtime.exec(line);
  if (allowed) return { downtimeLimitMs: Number(allowed[1]) };
  const carries = limit.exec(line);
  if (carries) return { limitBytesPerSecond: sizeBytes(carries[1], carries[2]) };
  const speed = average.exec(line);
  // An average of what there is, not of what was sent: the rate stays what it was.
  if (speed) return { downtimeMs: Number(speed[3]) };
  if (completed.test(line)) return { phase: 'Memory is moved', part: { name: MEMORY, isReady: true } };
  return xbzrle.test(line) ? { phase: 'Moving memory' } : undefined;
};

function memoryUpdate(match: RegExpExecArray): LogUpdate {
  const sentBytes = sizeBytes(match[2], match[3]);
  const totalBytes = sizeBytes(match[4], match[5]);
  const bytesPerSecond = sizeBytes(match[6], match[7]);
  return {
    phase: match[1] === 'device' ? 'Moving device state' : 'Moving memory',
    part: { name: MEMORY, doneBytes: sentBytes, totalBytes, bytesPerSecond },
    dirtyBytesPerSecond: match[10] === undefined ? 0 : sizeBytes(match[10], match[11]),
  };
}

const mirror = new RegExp(
  `^(?:\\d{4}-\\d\\d-\\d\\d \\S+ )?(drive-[a-z]+\\d+|[^:\\s]+): transferred ${SIZE} of ${SIZE} \\(\\d+(?:[.,]\\d+)?%\\) in ((?:\\d+[wdhms] ?)+?)(, ready|, still busy)?$`,
);
const blockJob =
  /^(?:\d{4}-\d\d-\d\d \S+ )?(drive-[a-z]+\d+): (Completing block job|Completed successfully|mirror-job)/;

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
  const seconds = durationSeconds(match[6] ?? '');
  const isReady = match[7] === ', ready';
  return {
    phase: 'Copying disks',
    part: { name: diskName(match[1]), doneBytes, totalBytes, seconds, ...(isReady && { isReady }) },
  };
}

function diskName(text: string | undefined): string {
  return (text ?? '').replace(/^drive-/, '');
}

const failed = /(?:^|\s)ERROR: (?:migration (?:aborted|finished with problems)|online migrate failure)/;

/** What will be moved, and what a migration does at the moment. */
export const readMigrationLine: LineReader = (line) => {
  if (/starting VM \d+ on remote node|starting online\/live migration on/.test(line)) {
    return { phase: 'Starting on the target', expectsMemory: true };
  }
  if (/migration finished successfully/.test(line)) return { phase: 'Finished', isFinished: true };
  if (failed.test(line)) return { phase: 'Undoing' };
  return readPhase(line);
};

const readPhase = phaseReader([
  [/starting migration of (VM|CT) \d+ to node/, 'Preparing'],
  [/copying local disk images/, 'Copying disks'],
  [/starting storage migration$/, 'Copying disks'],
  [/^drive mirror is starting for/, 'Copying disks'],
  [/^all 'mirror' jobs are ready/, 'Disks are copied'],
  [/start migrate command to/, 'Moving memory'],
  [/shutdown CT \d+$/, 'Shutting down'],
  [/start container on target node$/, 'Starting on the target'],
  [/start final cleanup$/, 'Cleaning up'],
  [/stopping NBD storage migration server on target/, 'Cleaning up'],
  [/aborting phase \d/, 'Undoing'],
  [/^mtunnel started/, 'Receiving'],
  [/switching to exit-mode, waiting for client to disconnect/, 'Finishing'],
  [/^mtunnel exited/, 'Finished'],
]);
