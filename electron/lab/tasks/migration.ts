import type { LabGuest, LabNode } from '../cluster/model.ts';
import { stableRandom } from '../cluster/population.ts';
import type { TaskContext } from './task.ts';
import { clockText, renderBytes, renderDuration, stamp } from './text.ts';

const MIB = 1 << 20;

export interface MigrationDeps {
  readonly guest: LabGuest;
  readonly target: LabNode;
  readonly withLocalDisks: boolean;
  /** The guest is on the target from now on; its consoles on the source end. */
  move(): void;
  setLock(lock: string | undefined): void;
  /** Moves its memory for real, and tells of it. Absent: it is told as if. */
  moveMemory?: ((task: TaskContext) => Promise<void>) | undefined;
}

/** A log line of the migration itself carries the time, one of a block job does not (PVE wire facts 6.4). */
export class MigrationLog {
  readonly #task: TaskContext;

  constructor(task: TaskContext) {
    this.#task = task;
  }

  timed(text: string): void {
    this.#task.log(`${stamp(this.#task.nowMs())} ${text}`);
  }

  plain(text: string): void {
    this.#task.log(text);
  }
}

interface Mirror {
  readonly drive: string;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  doneBytes: number;
}

/** Some twenty seconds for the slowest disk, whatever its size. */
const createMirrors = (guest: LabGuest): Mirror[] =>
  guest.disks.map((disk, index) => ({
    drive: `drive-${disk.key}`,
    totalBytes: disk.sizeBytes,
    bytesPerSecond: disk.sizeBytes / (14 + 6 * ((index + 1) % 3)),
    doneBytes: 0,
  }));

export const mirrorLine = (mirror: Mirror, seconds: number): string => {
  const percent = ((mirror.doneBytes / mirror.totalBytes) * 100).toFixed(2);
  const sizes = `${renderBytes(mirror.doneBytes)} of ${renderBytes(mirror.totalBytes)}`;
  const ready = mirror.doneBytes >= mirror.totalBytes ? ', ready' : '';
  return `${mirror.drive}: transferred ${sizes} (${percent}%) in ${renderDuration(seconds)}${ready}`;
};

async function mirrorDisks(task: TaskContext, log: MigrationLog, guest: LabGuest): Promise<Mirror[]> {
  const mirrors = createMirrors(guest);
  log.timed('starting storage migration');
  for (const mirror of mirrors) {
    const key = mirror.drive.slice('drive-'.length);
    const socket = `/run/qemu-server/${guest.vmid}_nbd.migrate`;
    log.timed(`${key}: start migration to nbd:unix:${socket}:exportname=${mirror.drive}`);
    log.plain(`drive mirror is starting for ${mirror.drive}`);
    log.plain(mirrorLine(mirror, 0));
  }
  for (let second = 1; mirrors.some((mirror) => mirror.doneBytes < mirror.totalBytes); second += 1) {
    await task.sleep(1000);
    for (const mirror of mirrors) {
      const jitter = 0.6 + 0.8 * stableRandom(second, mirror.totalBytes % 9973);
      mirror.doneBytes = Math.min(mirror.totalBytes, mirror.doneBytes + mirror.bytesPerSecond * jitter);
      log.plain(mirrorLine(mirror, second));
    }
  }
  log.plain("all 'mirror' jobs are ready");
  log.timed('switching mirror jobs to actively synced mode');
  for (const { drive } of mirrors) log.plain(`${drive}: switching to actively synced mode`);
  for (const { drive } of mirrors) log.plain(`${drive}: successfully switched to actively synced mode`);
  return mirrors;
}

const RAM_SECONDS = 12;

export const ramLine = (doneBytes: number, totalBytes: number, speed: number, dirtySpeed: number): string =>
  `migration active, transferred ${renderBytes(doneBytes)} of ${renderBytes(totalBytes)} VM-state, ${renderBytes(speed)}/s${
    dirtySpeed > 0 ? `, VM dirties lots of memory: ${renderBytes(dirtySpeed)}/s` : ''
  }`;

/** A busy guest dirties its memory, so that more is sent than it has. Gives what was sent. */
async function tellMemory(task: TaskContext, log: MigrationLog, guest: LabGuest): Promise<number> {
  const totalBytes = guest.memoryBytes + 17 * MIB;
  const isBusy = guest.load > 0.5;
  const aimBytes = totalBytes * (isBusy ? 1.25 : 0.82); // zero pages are not sent
  const seconds = isBusy ? RAM_SECONDS + 6 : RAM_SECONDS;
  let doneBytes = 0;
  announceMemory(log, guest.vmid);
  log.timed("migration in status 'setup' - waiting for transition");
  for (let second = 1; second <= seconds; second += 1) {
    await task.sleep(1000);
    const speed = (aimBytes / seconds) * (0.7 + 0.6 * stableRandom(second, guest.vmid));
    doneBytes = second === seconds ? aimBytes : Math.min(aimBytes * 0.995, doneBytes + speed);
    const isDirtying = isBusy && second > seconds * 0.6;
    log.timed(ramLine(doneBytes, totalBytes, isDirtying ? speed * 0.4 : speed, isDirtying ? speed * 0.9 : 0));
    if (isDirtying && second % 2 === 0) {
      const pages = Math.floor(20_000 * stableRandom(second, 12));
      log.timed(
        `xbzrle: send updates to ${pages} pages in ${renderBytes(pages * 580)} encoded memory, cache-miss 41.88%, overflow ${second * 26}`,
      );
    }
    if (isDirtying && second === seconds - 2) log.timed('auto-increased downtime to continue migration: 200 ms');
  }
  log.timed(`average migration speed: ${renderBytes(aimBytes / seconds)}/s - downtime ${40 + (guest.vmid % 60)} ms`);
  log.timed(`migration completed, transferred ${renderBytes(doneBytes)} VM-state`);
  log.timed('migration status: completed');
  return doneBytes;
}

const memorySocket = (vmid: number): string => `unix:/run/qemu-server/${vmid}.migrate`;

function announceMemory(log: MigrationLog, vmid: number): void {
  const socket = memorySocket(vmid);
  log.timed('set migration capabilities');
  log.timed('migration downtime limit: 100 ms');
  log.timed('migration cachesize: 1.0 GiB');
  log.timed('set migration parameters');
  log.timed(`start migrate command to ${socket}`);
}

async function prepareTarget(task: TaskContext, log: MigrationLog, deps: MigrationDeps): Promise<void> {
  const { guest, target } = deps;
  log.timed(`starting migration of VM ${guest.vmid} to node '${target.name}' (${target.ip})`);
  if (deps.withLocalDisks) {
    for (const disk of guest.disks) log.timed(`found local disk '${disk.storage}:${disk.volume}' (attached)`);
  }
  log.timed('conntrack state migration not supported or disabled, active connections might get dropped');
  await task.sleep(900);
  log.timed(`starting VM ${guest.vmid} on remote node '${target.name}'`);
  await task.sleep(1800);
  if (deps.withLocalDisks) {
    for (const { storage, volume } of guest.disks) {
      log.timed(`volume '${storage}:${volume}' is '${storage}:${volume}' on the target`);
    }
  }
  log.timed('start remote tunnel');
  await task.sleep(500);
  log.timed('ssh tunnel ver 1');
}

async function finishMigration(task: TaskContext, log: MigrationLog, mirrors: readonly Mirror[]): Promise<void> {
  for (const { drive } of mirrors) {
    log.plain(`${drive}: Completing block job...`);
    log.plain(`${drive}: Completed successfully.`);
  }
  for (const { drive } of mirrors) log.plain(`${drive}: mirror-job finished`);
  log.timed('stopping NBD storage migration server on target.');
  await task.sleep(700);
  log.timed('issuing guest fstrim');
  await task.sleep(900);
}

/** A live migration, line by line as 6.4 a) and b) show it, and really moving the guest at its end. */
export async function migrateLive(task: TaskContext, deps: MigrationDeps): Promise<void> {
  const log = new MigrationLog(task);
  const startedAtMs = task.nowMs();
  const tookText = () => clockText((task.nowMs() - startedAtMs) / 1000);
  deps.setLock('migrate');
  try {
    await prepareTarget(task, log, deps);
    const mirrors = deps.withLocalDisks ? await mirrorDisks(task, log, deps.guest) : [];
    log.timed(`starting online/live migration on ${memorySocket(deps.guest.vmid)}`);
    if (deps.moveMemory) await deps.moveMemory(task);
    else await tellMemory(task, log, deps.guest);
    deps.move();
    await finishMigration(task, log, mirrors);
    log.timed(`migration finished successfully (duration ${tookText()})`);
  } catch (error) {
    if (deps.guest.node !== deps.target.name) {
      const why = `online migrate failure - ${error instanceof Error ? error.message : String(error)}`;
      log.timed(`ERROR: ${why}`);
      log.timed('aborting phase 2 - cleanup resources');
      log.timed('migrate_cancel');
      log.timed(`ERROR: migration aborted (duration ${tookText()}): ${why}`);
      throw new Error('migration aborted', { cause: error });
    }
    log.timed(`ERROR: migration finished with problems (duration ${tookText()})`);
    throw new Error('migration problems', { cause: error });
  } finally {
    deps.setLock(undefined);
  }
}

/** Containers are stopped, copied and started again (6.4 c and e); a stopped guest is only copied. */
export async function migrateCold(task: TaskContext, deps: MigrationDeps, isRestart: boolean): Promise<void> {
  const log = new MigrationLog(task);
  const { guest, target } = deps;
  const startedAtMs = task.nowMs();
  const word = guest.type === 'lxc' ? 'CT' : 'VM';
  deps.setLock('migrate');
  try {
    if (isRestart) {
      log.timed(`shutdown ${word} ${guest.vmid}`);
      await task.sleep(2000);
    }
    log.timed(`starting migration of ${word} ${guest.vmid} to node '${target.name}' (${target.ip})`);
    for (const disk of guest.disks) {
      log.timed(`found local volume '${disk.storage}:${disk.volume}' (in current VM config)`);
      await copyRaw(task, log, disk.sizeBytes);
      log.timed(`volume '${disk.storage}:${disk.volume}' is '${disk.storage}:${disk.volume}' on the target`);
    }
    deps.move();
    log.timed('start final cleanup');
    await task.sleep(600);
    if (isRestart) log.timed('start container on target node');
    log.timed(`migration finished successfully (duration ${clockText((task.nowMs() - startedAtMs) / 1000)})`);
  } finally {
    deps.setLock(undefined);
  }
}

async function copyRaw(task: TaskContext, log: MigrationLog, sizeBytes: number): Promise<void> {
  const steps = 5; // dd prints every three seconds
  for (let step = 1; step <= steps; step += 1) {
    await task.sleep(3000);
    const bytes = Math.floor((sizeBytes / steps) * step);
    const decimal = `${(bytes / 1e9).toFixed(1)} GB, ${(bytes / 2 ** 30).toFixed(1)} GiB`;
    log.timed(`${bytes} bytes (${decimal}) copied, ${step * 3} s, ${Math.floor(bytes / step / 3e6)} MB/s`);
  }
  log.timed(`${Math.floor(sizeBytes / (4 * MIB))}+0 records in`);
  log.timed(`${Math.floor(sizeBytes / (4 * MIB))}+0 records out`);
}
