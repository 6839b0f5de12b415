import { createHash, randomBytes } from 'node:crypto';

import type { BackendPool } from './backends.ts';
import type { LabCluster } from './cluster/cluster.ts';
import type { LabGuest } from './cluster/model.ts';
import type { Guests } from './guestPower.ts';
import { ApiError } from './http/apiError.ts';
import type { LabQuirks } from './quirks.ts';
import { migrateRemotely, type RemoteMigrationDeps, type SentStream } from './remote/remoteMigration.ts';
import { backUp } from './tasks/backup.ts';
import { importImage } from './tasks/importImage.ts';
import { migrateCold, migrateLive } from './tasks/migration.ts';
import type { LabTask, TaskContext } from './tasks/task.ts';
import type { TaskEngine } from './tasks/taskEngine.ts';

const KEPT_BACKUPS = 3; // of one guest

export interface MigrationRequest {
  readonly target: string;
  readonly isOnline: boolean;
  readonly withLocalDisks: boolean;
  readonly user: string;
}

export interface BackupRequest {
  readonly storage: string;
  readonly mode: 'snapshot' | 'suspend' | 'stop';
  readonly warning?: string;
  readonly user: string;
}

export interface ImportRequest {
  readonly node: string;
  readonly storage: string;
  readonly content: 'iso' | 'vztmpl' | 'import';
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256?: string;
  readonly checksum?: { readonly expected: string; readonly actual: string };
  readonly user: string;
}

export type RemoteMigrationRequest = Pick<
  RemoteMigrationDeps,
  'endpoint' | 'node' | 'vmid' | 'storageOf' | 'bridgeOf' | 'isOnline' | 'deletesSource'
> & { readonly user: string };

interface OperationsDeps {
  readonly cluster: LabCluster;
  readonly tasks: TaskEngine;
  readonly guests: Guests;
  readonly quirks: LabQuirks;
  readonly nowMs: () => number;
  readonly backends: BackendPool;
  /** Given the port that waits for a guest: the one it is sent to. */
  readonly migrationVia?: ((port: number) => Promise<number>) | undefined;
}

const FOLDERS = { iso: 'template/iso', vztmpl: 'template/cache', import: 'import' } as const;

/** The long jobs: asked for over the API, or by the lab's own life. */
export class Operations {
  readonly #cluster: LabCluster;
  readonly #tasks: TaskEngine;
  readonly #guests: Guests;
  readonly #nowMs: () => number;
  readonly #quirks: LabQuirks;
  readonly #backends: BackendPool;
  readonly #via: (port: number) => Promise<number>;

  /** Newest last. */
  readonly sentStreams: SentStream[] = [];

  constructor({ cluster, tasks, guests, quirks, nowMs, backends, migrationVia }: OperationsDeps) {
    this.#quirks = quirks;
    this.#backends = backends;
    this.#via = migrationVia ?? ((port) => Promise.resolve(port));
    this.#nowMs = nowMs;
    this.#cluster = cluster;
    this.#tasks = tasks;
    this.#guests = guests;
  }

  #refuseWhenLocked(guest: LabGuest): void {
    const word = guest.type === 'qemu' ? 'VM' : 'CT';
    if (guest.lock !== undefined) throw new ApiError(500, `${word} is locked (${guest.lock})`);
  }

  #checkMigration(guest: LabGuest, request: MigrationRequest): void {
    this.#refuseWhenLocked(guest);
    if (request.target === guest.node) throw ApiError.parameters({ target: 'target is local node.' });
    const isRunning = guest.status === 'running';
    if (!isRunning || request.isOnline) return;
    const words =
      guest.type === 'qemu'
        ? "can't migrate running VM without --online"
        : "can't migrate running container without --online or --restart";
    throw new ApiError(500, words);
  }

  migrate(guest: LabGuest, request: MigrationRequest): LabTask {
    const target = this.#cluster.node(request.target);
    this.#checkMigration(guest, request);
    const deps = {
      guest,
      target,
      withLocalDisks: request.withLocalDisks,
      move: () => this.#guests.move(guest, target.name),
      setLock: (lock: string | undefined) => this.#guests.setLock(guest, lock),
    };
    const type = guest.type === 'qemu' ? 'qmigrate' : 'vzmigrate';
    const isLive = guest.type === 'qemu' && guest.status === 'running';
    const wasRunning = guest.status === 'running';
    return this.#tasks.start({ node: guest.node, type, id: String(guest.vmid), user: request.user }, async (task) => {
      if (!isLive) return migrateCold(task, deps, wasRunning);
      return migrateLive(task, { ...deps, moveMemory: await this.#realMove(guest) });
    });
  }

  /** A guest in QEMU moves from one process to another. */
  async #realMove({ vmid }: LabGuest): Promise<((task: TaskContext) => Promise<void>) | undefined> {
    const backend = await this.#backends.existing(vmid);
    if (!backend?.isRunning || backend.canMoveLive !== true) return undefined;
    return async (task) =>
      backend.moveLive?.({
        limitBytesPerSecond: this.#quirks.migrationBytesPerSecond,
        via: this.#via,
        log: (line) => task.log(line),
        wait: (ms) => task.wait(ms),
        nowMs: () => task.nowMs(),
      });
  }

  migrateRemotely(guest: LabGuest, request: RemoteMigrationRequest): LabTask {
    this.#refuseWhenLocked(guest);
    const isRunning = guest.status === 'running';
    if (isRunning && !request.isOnline) {
      throw new ApiError(500, `can't migrate running ${guest.type === 'qemu' ? 'VM' : 'container'} without --online`);
    }
    const { user, ...rest } = request;
    const deps = {
      ...rest,
      guest,
      quirks: this.#quirks,
      streams: this.sentStreams,
      setLock: (lock: string | undefined) => this.#guests.setLock(guest, lock),
      leave: (isDeleted: boolean) => this.#guests.leave(guest, isDeleted),
    };
    const type = guest.type === 'qemu' ? 'qmigrate' : 'vzmigrate';
    const start = { node: guest.node, type, id: String(guest.vmid), user };
    return this.#tasks.start(start, (task) => migrateRemotely(task, deps));
  }

  backUp(guest: LabGuest, request: BackupRequest): LabTask {
    const storage = this.#cluster.storage(request.storage);
    if (!storage.content.split(',').includes('backup')) {
      throw new ApiError(500, `storage '${request.storage}' does not support backups`);
    }
    this.#refuseWhenLocked(guest);
    const { node, vmid } = guest;
    return this.#tasks.start({ node, type: 'vzdump', id: String(vmid), user: request.user }, (task) =>
      backUp(task, {
        guest,
        storage: request.storage,
        mode: request.mode,
        warning: request.warning,
        setLock: (lock) => this.#guests.setLock(guest, lock),
        store: (name, sizeBytes) => this.#storeBackup(node, request.storage, vmid, name, sizeBytes),
      }),
    );
  }

  #storeBackup(node: string, storage: string, vmid: number, name: string, size: number): number {
    const ctime = Math.floor(this.#nowMs() / 1000);
    const volid = `${storage}:backup/${name}`;
    this.#cluster.storeFile(node, storage, {
      volid,
      content: 'backup',
      format: name.replace(/^.*\.(\w+\.\w+)$/, '$1'),
      size,
      ctime,
      vmid,
    });
    const all = this.#cluster.files(node, storage).filter((file) => file.content === 'backup' && file.vmid === vmid);
    const old = all.sort((a, b) => b.ctime - a.ctime || (a.volid < b.volid ? 1 : -1)).slice(KEPT_BACKUPS);
    for (const file of old) this.#cluster.removeFile(node, storage, file.volid);
    return old.length;
  }

  importFile(request: ImportRequest): LabTask {
    const { node, storage, content, filename, sizeBytes } = request;
    const root = storage === 'local' ? '/var/lib/vz' : `/mnt/pve/${storage}`;
    const file = {
      volid: `${storage}:${content}/${filename}`,
      content,
      format: filename.split('.').at(-1) ?? 'raw',
      size: sizeBytes,
      ctime: Math.floor(this.#nowMs() / 1000),
      ...(request.sha256 === undefined ? {} : { sha256: request.sha256 }),
    };
    return this.#tasks.start({ node, type: 'imgcopy', id: '', user: request.user }, (task) =>
      importImage(task, {
        node,
        path: `${root}/${FOLDERS[content]}/${filename}`,
        sizeBytes,
        temporaryName: createHash('md5').update(randomBytes(16)).digest('hex'),
        ...(request.checksum === undefined ? {} : { checksum: request.checksum }),
        store: () => this.#cluster.storeFile(node, storage, file),
      }),
    );
  }
}
