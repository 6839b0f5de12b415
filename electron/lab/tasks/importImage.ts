import type { TaskContext } from './task.ts';

export interface ImportDeps {
  readonly node: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly temporaryName: string;
  /** Absent: nothing to check. */
  readonly checksum?: { readonly expected: string; readonly actual: string };
  /** The file is in its place. */
  store(): void;
}

const COPY_BYTES_PER_SECOND = 200_000_000;
const MAX_COPY_MS = 14_000;

/** The job behind an upload: checks the sum, copies into place (PVE wire facts 6.4 j). No percent is ever told. */
export async function importImage(task: TaskContext, deps: ImportDeps): Promise<void> {
  const source = `/var/tmp/pveupload-${deps.temporaryName}`;
  const copyMs = Math.min(MAX_COPY_MS, 300 + (deps.sizeBytes / COPY_BYTES_PER_SECOND) * 1000);
  task.log(`starting file import from: ${source}`);
  if (deps.checksum !== undefined) {
    await task.sleep(copyMs / 4);
    const { actual, expected } = deps.checksum;
    if (actual !== expected) {
      task.log('calculating checksum...');
      throw new Error(`checksum mismatch: got '${actual}' != expect '${expected}'`);
    }
    task.log('calculating checksum...OK, checksum verified');
  }
  task.log(`target node: ${deps.node}`);
  task.log(`target file: ${deps.path}`);
  task.log(`file size is: ${deps.sizeBytes}`);
  task.log(`command: cp -- ${source} ${deps.path}`);
  await task.sleep(copyMs);
  deps.store();
  task.log('finished file import successfully');
}
