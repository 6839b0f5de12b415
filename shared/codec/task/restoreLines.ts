import { DECIMAL, decimal, sizeBytes } from './sizes.ts';
import { type LineReader, phaseReader } from './update.ts';

const vma = /^progress (\d+)% \(read (\d+) bytes, duration (\d+) sec\)$/;
const pbs =
  /^progress (\d+)% \(read (\d+) bytes, zeroes = (\d+)% \((\d+) bytes\),(?: nonzero writes = (\d+), chunks fetched = (\d+),)? duration (\d+) sec\)$/;
const newVolume = /^new volume ID is '([^']+)'/;
const image = /^restore proxmox backup image: (.*)$/;
const complete = /^restore image complete \(/;

/**
 * Restores of guests, from a file and from a Backup Server (facts 6.4 g). A file has one percentage for all disks, a
 * Backup Server one for each: how many there are say the volumes made before.
 */
export function createRestoreReader(): LineReader {
  const volumes = new Set<string>();
  const images: string[] = [];
  const done = new Set<string>();
  const share = (own: number): number => {
    if (images.length === 0) return own;
    const isThrough = done.has(images.at(-1) ?? '');
    return Math.min(1, (done.size + (isThrough ? 0 : own)) / Math.max(images.length, volumes.size));
  };
  return (line) => {
    const volume = newVolume.exec(line);
    if (volume) {
      volumes.add(volume[1] ?? '');
      return { phase: 'Making disks' };
    }
    const next = image.exec(line);
    if (next) {
      const name = next[1] ?? '';
      if (!images.includes(name)) images.push(name);
      return { phase: 'Restoring', begins: true };
    }
    if (complete.test(line)) {
      const current = images.at(-1);
      if (current !== undefined) done.add(current);
      return { phase: 'Restoring', fraction: share(1) };
    }
    return progressOf(line, share) ?? readTar(line) ?? readPhase(line);
  };
}

function progressOf(line: string, share: (own: number) => number): ReturnType<LineReader> {
  const match = vma.exec(line) ?? pbs.exec(line);
  if (!match) return undefined;
  const percent = Number(match[1]);
  const doneBytes = Number(match[2]);
  const seconds = Number(match[match.length - 1]);
  return {
    phase: 'Restoring',
    fraction: share(Math.min(1, percent / 100)),
    doneBytes,
    ...(seconds > 0 && { bytesPerSecond: Math.round(doneBytes / seconds) }),
  };
}

const tar = new RegExp(`^Total bytes read: (\\d+) \\((?:[^,]*), ${DECIMAL}([KMG]iB)/s\\)$`);

const readTar: LineReader = (line) => {
  const match = tar.exec(line);
  if (!match) return undefined;
  return {
    phase: 'Restoring',
    doneBytes: Number(match[1]),
    bytesPerSecond: sizeBytes(String(decimal(match[2])), match[3]),
  };
};

const readPhase = phaseReader([
  [/^restore vma archive: /, 'Restoring'],
  [/^restoring '.*' now/, 'Restoring'],
  [/^extracting archive /, 'Restoring'],
  [/^recovering backed-up configuration/, 'Preparing'],
  [/^merging backed-up and given configuration/, 'Finishing'],
  [/^rescan volumes/, 'Finishing'],
]);

const sent = /(?:full|incremental) sync '([^']+)'/;

/** A replication's own log (facts 6.4 i); its numbers are those of zfs. */
export const readReplicationLine: LineReader = (line) => {
  const volume = sent.exec(line);
  if (volume) return { phase: `Copying ${volume[1] ?? ''}` };
  if (/: end replication job with error: /.test(line)) return { phase: 'Failed' };
  if (/: end replication job$/.test(line)) return { phase: 'Finished', isFinished: true };
  return readReplicationPhase(line);
};

const readReplicationPhase = phaseReader([
  [/: start replication job$/, 'Preparing'],
  [/: create snapshot '/, 'Making a snapshot'],
  [/: delete previous replication snapshot '/, 'Cleaning up'],
]);

const layer = /^(?:Copying blob|Copying config) (\S+)/;

/** skopeo's lines of a pulled container image: what it copies, no numbers. */
export const readPullLine: LineReader = (line) => {
  const match = layer.exec(line);
  if (match) return { phase: 'Downloading' };
  return /^Writing manifest to image destination/.test(line) ? { phase: 'Finishing' } : undefined;
};
