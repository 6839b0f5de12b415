import { createHash, randomBytes } from 'node:crypto';

import type { WebSocket } from 'ws';

import type { LabGuest } from '../cluster/model.ts';
import type { LabQuirks } from '../quirks.ts';
import { mirrorLine, MigrationLog, ramLine } from '../tasks/migration.ts';
import type { TaskContext } from '../tasks/task.ts';
import { clockText } from '../tasks/text.ts';
import { ControlClient } from './controlClient.ts';
import type { EndpointClient } from './endpointClient.ts';

const PIECE_BYTES = 64 << 10; // below the 128 KiB that a frame may have
const HIGH_BYTES = 1 << 20;

/** One data connection as the source sent it. */
export interface SentStream {
  readonly socketPath: string;
  bytes: number;
  sha256: string | undefined;
}

export interface RemoteMigrationDeps {
  readonly guest: LabGuest;
  readonly endpoint: EndpointClient;
  /** Of the target, and its name there. */
  readonly node: string;
  readonly vmid: number;
  readonly storageOf: (storage: string) => string;
  readonly bridgeOf: (bridge: string) => string;
  readonly isOnline: boolean;
  readonly deletesSource: boolean;
  readonly quirks: LabQuirks;
  readonly streams: SentStream[];
  setLock(lock: string | undefined): void;
  /** It lives at the target from now on. */
  leave(isDeleted: boolean): void;
}

/** The worker on the source of a remote migration (PVE wire facts 6.4 d and 8.2). Bytes really move, and are counted. */
export async function migrateRemotely(task: TaskContext, deps: RemoteMigrationDeps): Promise<void> {
  const log = new MigrationLog(task);
  const startedAtMs = task.nowMs();
  deps.setLock('migrate');
  const run = new RemoteRun(task, log, deps);
  try {
    await run.run();
    log.timed(`migration finished successfully (duration ${clockText((task.nowMs() - startedAtMs) / 1000)})`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.timed(`ERROR: migration aborted (duration ${clockText((task.nowMs() - startedAtMs) / 1000)}): ${why}`);
    throw new Error('migration aborted', { cause: error });
  } finally {
    run.close();
    deps.setLock(undefined);
  }
}

class RemoteRun {
  readonly #task: TaskContext;
  readonly #log: MigrationLog;
  readonly #deps: RemoteMigrationDeps;
  readonly #folder: string;
  readonly #tunnels = new Set<WebSocket>();
  #control: ControlClient | undefined;
  #sentBytes = 0;

  constructor(task: TaskContext, log: MigrationLog, deps: RemoteMigrationDeps) {
    this.#task = task;
    this.#log = log;
    this.#deps = deps;
    this.#folder = `/nodes/${deps.node}/${deps.guest.type}/${deps.vmid}`;
    task.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  async run(): Promise<void> {
    const { guest, node } = this.#deps;
    const control = await this.#connect();
    this.#log.timed(`starting migration of ${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid} to node '${node}'`);
    await control.send('bwlimit', { operation: 'migration' });
    this.#log.timed(`mapped: net0 from vmbr0 to ${this.#deps.bridgeOf('vmbr0')}`);
    await this.#allocate(control);
    const conf = `name: ${guest.name}\ncores: ${guest.cores}\nmemory: ${guest.memoryBytes / 2 ** 20}\ntags: ${guest.tags.join(';')}`;
    await control.send('config', { conf, 'firewall-config': '' });
    if (guest.type === 'qemu' && guest.status === 'running') await this.#live(control);
    else await this.#cold(control);
    await control.send('unlock');
    await control.send('quit', { cleanup: 0 });
    this.#deps.leave(this.#deps.deletesSource);
  }

  close(): void {
    for (const tunnel of this.#tunnels) tunnel.terminate();
    this.#control?.close();
  }

  async #connect(): Promise<ControlClient> {
    const { endpoint } = this.#deps;
    const opened = await endpoint.call<{ upid: string; ticket: string; socket: string }>(
      'POST',
      `${this.#folder}/mtunnel`,
    );
    this.#log.timed(`remote: started tunnel worker '${opened.upid}'`);
    const tunnel = await endpoint.tunnel(this.#folder, opened.socket, opened.ticket);
    const control = new ControlClient(tunnel, (line) => this.#log.plain(line));
    this.#control = control;
    const { api } = await control.send<{ api: number }>('version');
    this.#log.timed('local WS tunnel version: 2');
    this.#log.timed(`remote WS tunnel version: ${api}`);
    this.#log.timed('minimum required WS tunnel version: 2');
    this.#log.plain('websocket tunnel started');
    return control;
  }

  async #allocate(control: ControlClient): Promise<void> {
    const { guest, storageOf } = this.#deps;
    if (guest.status !== 'running' || guest.type === 'lxc') return;
    for (const disk of guest.disks) {
      const storage = storageOf(disk.storage);
      this.#log.timed(`Allocating volume for drive '${disk.key}' on remote storage '${storage}'..`);
      const made = await control.send<{ volid: string }>('disk', {
        drive: disk.key,
        storage,
        size: disk.sizeBytes,
        format: 'raw',
      });
      this.#log.timed(`volume '${disk.storage}:${disk.volume}' is '${made.volid}' on the target`);
    }
  }

  async #live(control: ControlClient): Promise<void> {
    const { guest, quirks, vmid } = this.#deps;
    await control.send('start', { nbd: guest.disks.length, start_params: {}, migrate_opts: {} });
    const ram = `/run/qemu-server/${vmid}.migrate`;
    const nbd = `/run/qemu-server/${vmid}_nbd.migrate`;
    for (const path of [ram, nbd]) this.#log.timed(`Setting up tunnel for '${path}'`);
    this.#log.timed('starting storage migration');
    for (const disk of guest.disks) this.#log.plain(`drive mirror is starting for drive-${disk.key}`);
    const count = Math.max(2, quirks.remoteStreams);
    const totalBytes = (count - 1) * quirks.remoteStreamBytes;
    const startedMs = this.#task.nowMs();
    const mirrors = Array.from({ length: count - 1 }, () => this.#send(control, nbd));
    await this.#watch(Promise.all(mirrors), () => {
      const fraction = Math.min(1, this.#sentBytes / totalBytes);
      for (const { key, sizeBytes } of guest.disks) {
        const mirror = {
          drive: `drive-${key}`,
          totalBytes: sizeBytes,
          bytesPerSecond: 0,
          doneBytes: sizeBytes * fraction,
        };
        this.#log.plain(mirrorLine(mirror, (this.#task.nowMs() - startedMs) / 1000));
      }
    });
    this.#log.plain("all 'mirror' jobs are ready");
    this.#log.timed(`starting online/live migration on unix:${ram}`);
    const before = this.#sentBytes;
    await this.#watch(this.#send(control, ram), () => {
      const fraction = Math.min(1, (this.#sentBytes - before) / quirks.remoteStreamBytes);
      this.#log.timed(ramLine(guest.memoryBytes * fraction, guest.memoryBytes, guest.memoryBytes / 8, 0));
    });
    this.#log.timed('migration status: completed');
    this.#log.plain(`tunnel: done handling forwarded connection from '${nbd}'`);
    await control.send('nbdstop');
    await control.send('resume');
  }

  /** Containers, and what is off: volume by volume. */
  async #cold(control: ControlClient): Promise<void> {
    const { guest, storageOf } = this.#deps;
    for (const disk of guest.disks) {
      const storage = storageOf(disk.storage);
      const request = { drive: disk.key, storage, size: disk.sizeBytes, format: 'raw+size' };
      const { socket, volid } = await control.send<{ socket: string; volid: string }>('disk-import', request);
      this.#log.timed(`Setting up tunnel for '${socket}'`);
      await this.#send(control, socket);
      this.#log.plain('waiting for disk import to finish..');
      this.#log.timed(`volume '${disk.storage}:${disk.volume}' is '${volid}' on the target`);
    }
    if (guest.status === 'running') await control.send('start');
  }

  /** One connection of its own, with a ticket of its own. */
  async #send(control: ControlClient, socketPath: string): Promise<void> {
    const { endpoint, quirks, streams } = this.#deps;
    const { ticket } = await control.send<{ ticket: string }>('ticket', { path: socketPath });
    const tunnel = await endpoint.tunnel(this.#folder, socketPath, ticket);
    this.#tunnels.add(tunnel);
    const stream: SentStream = { socketPath, bytes: 0, sha256: undefined };
    streams.push(stream);
    const sum = createHash('sha256');
    const piece = randomBytes(PIECE_BYTES);
    const closed = new Promise<void>((resolve) => tunnel.once('close', () => resolve()));
    while (stream.bytes < quirks.remoteStreamBytes) {
      piece.writeUInt32LE(stream.bytes, 0);
      const part = Buffer.from(piece.subarray(0, Math.min(PIECE_BYTES, quirks.remoteStreamBytes - stream.bytes)));
      await sent(tunnel, part);
      sum.update(part);
      stream.bytes += part.length;
      this.#sentBytes += part.length;
      if (quirks.remoteBytesPerSecond > 0) await this.#task.sleep((part.length / quirks.remoteBytesPerSecond) * 1000);
    }
    stream.sha256 = sum.digest('hex');
    tunnel.close();
    await closed;
    this.#tunnels.delete(tunnel);
  }

  /** A line of progress each second until the work is done. */
  async #watch(work: Promise<unknown>, tell: () => void): Promise<void> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    const ticking = (async () => {
      tell();
      while (!isOver) {
        await Promise.race([this.#task.sleep(1000), over]);
        tell();
      }
    })();
    await Promise.all([over, ticking]);
  }
}

/** Waits while more than a megabyte has not left this process. */
function sent(tunnel: WebSocket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (tunnel.readyState !== tunnel.OPEN) return reject(new Error('tunnel: connection closed'));
    tunnel.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve()));
    if (tunnel.bufferedAmount < HIGH_BYTES) resolve();
  });
}
