import { randomUUID } from 'node:crypto';

import type { LabGuest } from '../cluster/model.ts';
import { stableRandom } from '../cluster/population.ts';
import type { TaskContext } from './task.ts';
import { clockText, renderBytes, renderDuration, stamp } from './text.ts';

export interface BackupDeps {
  readonly guest: LabGuest;
  readonly storage: string;
  readonly mode: 'snapshot' | 'suspend' | 'stop';
  /** Told as `WARN: …`; the backup succeeds all the same. */
  readonly warning: string | undefined;
  setLock(lock: string | undefined): void;
  /** The archive is there. Gives how many older ones were pruned. */
  store(name: string, sizeBytes: number): number;
}

const GIB = 2 ** 30;
const TICK_S = 3; // a line at most every three seconds, and only when the percentage changed
const AIM_S = 42;

const archiveName = (guest: LabGuest, atMs: number): string => {
  const time = stamp(atMs).replaceAll('-', '_').replace(' ', '-').replaceAll(':', '_');
  return `vzdump-${guest.type}-${guest.vmid}-${time}.${guest.type === 'qemu' ? 'vma' : 'tar'}.zst`;
};

function announce(task: TaskContext, deps: BackupDeps, archive: string): void {
  const { guest } = deps;
  const word = guest.type === 'qemu' ? 'VM' : 'CT';
  task.log(`INFO: starting new backup job: vzdump ${guest.vmid} --storage ${deps.storage} --mode ${deps.mode}`);
  task.log(`INFO: Starting Backup of VM ${guest.vmid} (${guest.type})`);
  task.log(`INFO: Backup started at ${stamp(task.nowMs())}`);
  task.log(`INFO: status = ${guest.status}`);
  task.log(`INFO: ${word} Name: ${guest.name}`);
  for (const disk of guest.disks) {
    task.log(`INFO: include disk '${disk.key}' '${disk.storage}:${disk.volume}' ${disk.sizeBytes / GIB}G`);
  }
  task.log(`INFO: backup mode: ${deps.mode}`);
  task.log('INFO: ionice priority: 7');
  task.log(`INFO: creating vzdump archive '/mnt/pve/${deps.storage}/dump/${archive}'`);
}

/** QEMU's own backup job, in percent. Gives the seconds it took. */
async function copyDisks(task: TaskContext, guest: LabGuest, totalBytes: number): Promise<number> {
  if (guest.hasAgent) {
    task.log("INFO: issuing guest-agent 'fs-freeze' command");
    await task.sleep(400);
    task.log("INFO: issuing guest-agent 'fs-thaw' command");
  }
  task.log(`INFO: started backup task '${randomUUID()}'`);
  task.log('INFO: resuming VM again');
  let doneBytes = 0;
  let shown = -1;
  let second = 0;
  while (doneBytes < totalBytes) {
    await task.sleep(TICK_S * 1000);
    second += TICK_S;
    const speed = (totalBytes / AIM_S) * (0.6 + 0.8 * stableRandom(second, guest.vmid));
    doneBytes = Math.min(totalBytes, doneBytes + speed * TICK_S);
    const percent = Math.floor((doneBytes / totalBytes) * 100);
    if (percent === shown) continue;
    shown = percent;
    const sizes = `${renderBytes(doneBytes)} of ${renderBytes(totalBytes)}`;
    const rates = `read: ${renderBytes(speed)}/s, write: ${renderBytes(speed * 0.62)}/s`;
    task.log(`INFO: ${String(percent).padStart(3)}% (${sizes}) in ${renderDuration(second)}, ${rates}`);
  }
  return second;
}

/** A container's files go through tar, which tells nothing till its end. */
async function copyFiles(task: TaskContext, totalBytes: number): Promise<number> {
  task.log("INFO: create storage snapshot 'vzdump'");
  await task.sleep(15_000);
  const rate = (totalBytes / 15 / 2 ** 20).toFixed(0);
  task.log(`INFO: Total bytes written: ${totalBytes} (${(totalBytes / GIB).toFixed(1)}GiB, ${rate}MiB/s)`);
  return 15;
}

function summarize(task: TaskContext, seconds: number, totalBytes: number, archiveBytes: number): void {
  const zeroBytes = totalBytes * 0.38;
  task.log(`INFO: backup is sparse: ${renderBytes(zeroBytes, 2)} (38%) total zero data`);
  task.log(
    `INFO: transferred ${renderBytes(totalBytes, 2)} in ${seconds} seconds (${renderBytes(totalBytes / seconds)}/s)`,
  );
  task.log(`INFO: archive file size: ${(archiveBytes / GIB).toFixed(2)}GB`);
}

/** One guest's backup, line by line as PVE wire facts 6.4 f) show it. */
export async function backUp(task: TaskContext, deps: BackupDeps): Promise<void> {
  const { guest } = deps;
  const startedAtMs = task.nowMs();
  const archive = archiveName(guest, startedAtMs);
  const totalBytes = guest.disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  deps.setLock('backup');
  try {
    announce(task, deps, archive);
    if (deps.warning !== undefined) task.warn(deps.warning);
    const isVm = guest.type === 'qemu';
    const seconds = isVm
      ? await copyDisks(task, guest, totalBytes)
      : await copyFiles(task, Math.floor(totalBytes * 0.31));
    const archiveBytes = Math.floor(totalBytes * 0.26);
    if (isVm) summarize(task, seconds, totalBytes, archiveBytes);
    await task.sleep(800);
    const pruned = deps.store(archive, archiveBytes);
    task.log('INFO: prune older backups with retention: keep-last=3');
    task.log(`INFO: pruned ${pruned} backup(s) not covered by keep-retention policy`);
    task.log(`INFO: Finished Backup of VM ${guest.vmid} (${clockText((task.nowMs() - startedAtMs) / 1000)})`);
    task.log(`INFO: Backup finished at ${stamp(task.nowMs())}`);
    task.log('INFO: Backup job finished successfully');
  } catch (error) {
    task.log(`ERROR: Backup of VM ${guest.vmid} failed - ${error instanceof Error ? error.message : String(error)}`);
    task.log(`INFO: Failed at ${stamp(task.nowMs())}`);
    task.log('INFO: Backup job finished with errors');
    throw new Error('job errors', { cause: error });
  } finally {
    deps.setLock(undefined);
  }
}
