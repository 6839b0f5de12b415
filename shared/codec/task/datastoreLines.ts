// What Backup Server says of its own long jobs: verification, sync, tape and garbage collection.
import { decimal, GAP, SIZE, sizeBytes } from './sizes.ts';
import { type LineReader, phaseReader } from './update.ts';

const share = new RegExp(`^percentage done: (\\d+(?:[.,]\\d+)?)${GAP}?%(?: \\(|$)`);
const verified = new RegExp(`^\\s*verified .* speed \\d+(?:[.,]\\d+)?/(\\d+(?:[.,]\\d+)?)${GAP}(MiB)/s`);
const pulled = new RegExp(`^(?:re-sync .*|.* )?downloaded \\d+ bytes \\((\\d+(?:[.,]\\d+)?)${GAP}(KiB|MiB|GiB)/s\\)`);
const moved = new RegExp(
  `^\\s*(?:.* )?(?:downloaded|uploaded|pushed) ${SIZE}.* \\((\\d+(?:[.,]\\d+)?)${GAP}(KiB|MiB|GiB)/s\\)`,
);

/** How far a job is that goes through groups and snapshots, and how fast the last of them was. */
export const readShareLine: LineReader = (line) => {
  const done = share.exec(line);
  if (done) return { fraction: Math.min(1, decimal(done[1]) / 100) };
  const rate = verified.exec(line) ?? pulled.exec(line);
  if (rate) return { bytesPerSecond: sizeBytes(rate[1], rate[2]) };
  const size = moved.exec(line);
  return size ? { bytesPerSecond: sizeBytes(size[3], size[4]) } : undefined;
};

/** Two rounds over the store: what is used is marked, then the rest is removed. Each counts half. */
export const readCollectionLine: LineReader = (line) => {
  if (/^Start GC phase1/.test(line)) return { phase: 'Marking what is used', fraction: 0 };
  if (/^Start GC phase2/.test(line)) return { phase: 'Removing the rest', fraction: 0.5 };
  const step = /^(marked|processed) (\d+(?:[.,]\d+)?)% \(/.exec(line);
  if (step) {
    const half = Math.min(1, decimal(step[2]) / 100) / 2;
    return { fraction: step[1] === 'marked' ? half : 0.5 + half };
  }
  return /^Removed garbage: /.test(line) ? { phase: 'Finishing', fraction: 1 } : undefined;
};

/** What they do at the moment. */
export const readServerPhase: LineReader = phaseReader([
  [/^verify (group |snapshot )?\S+:/, 'Verifying'],
  [/^\s+check \S+/, 'Verifying'],
  [/^sync (datastore|group|snapshot|namespace) /i, 'Syncing'],
  [/^re-sync snapshot /, 'Syncing'],
  [/^(starting new backup on datastore|created new (fixed|dynamic) index)/, 'Receiving'],
  [/^Upload statistics for /, 'Receiving'],
  [/^(register chunks in|download .* previous backup)/, 'Comparing with the last one'],
  [/^(successfully finished backup|backup finished successfully)/, 'Finishing'],
]);
