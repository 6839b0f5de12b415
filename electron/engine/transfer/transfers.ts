import { basename, isAbsolute } from 'node:path';

import { AppError } from '../../../shared/base/errors.ts';
import type { DownloadRequest, GuestBackup, RestoreRequest } from '../../../shared/model/transfer.ts';
import type { RemoteMigrationOptions, RemoteMigrationRequest } from '../../../shared/model/transfer.ts';
import type { UploadFile, UploadRequest, UploadTarget } from '../../../shared/model/transfer.ts';
import type { EngineDeps } from '../deps.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { unlockKey } from '../pbs/cryptKey.ts';
import type { Backups } from '../pbs/backups.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import type { SessionService } from '../session/sessionService.ts';
import { DownloadRunner } from './downloadRunner.ts';
import { describeSource } from './downloadSources.ts';
import { listBackedUpFiles, listGuestBackups } from './backedUpFiles.ts';
import { localFiles } from './fileSource.ts';
import { PageFiles } from './pageFiles.ts';
import { readKeyFile } from './restoreKey.ts';
import { RestoreRunner } from './restoreRunner.ts';
import { listUploadTargets } from './storageContent.ts';
import { type GuestFinder, MigrationRunner } from './migrationRunner.ts';
import { readMigrationOptions } from './migrationOptions.ts';
import { TransferService } from './transferService.ts';
import { checkUploadName, contentOf, uploadName } from './uploadName.ts';
import { UploadRunner } from './uploadRunner.ts';

export interface TransfersOptions {
  readonly deps: EngineDeps;
  readonly sessions: SessionService;
  readonly guests: GuestFinder;
  readonly relays: RelayRegistry;
  readonly backups: Backups;
  /** Of sessions that read a backup; asked with each restore. */
  readonly readerHeartbeatMs: () => number;
}

/** Everything about transfers that pages and the command line ask for. */
export class Transfers {
  readonly queue: TransferService;
  /** What was chosen in browsers. */
  readonly pageFiles: PageFiles;
  readonly #sessions: SessionService;
  readonly #guests: GuestFinder;
  readonly #migrations: MigrationRunner;
  readonly #restores: RestoreRunner;

  constructor({ deps, sessions, guests, relays, backups, readerHeartbeatMs }: TransfersOptions) {
    this.#sessions = sessions;
    this.#guests = guests;
    const { clock } = deps;
    this.pageFiles = new PageFiles(deps.files ?? localFiles, clock);
    const saved = () => this.queue.saved();
    const log = (message: string) => deps.log.write('warn', 'transfer', message);
    this.#migrations = new MigrationRunner({ sessions, guests, relays, clock, saved, log });
    this.#restores = new RestoreRunner({ sessions, backups, clock, saved, heartbeatMs: readerHeartbeatMs });
    this.queue = new TransferService({
      deps,
      sessions,
      runners: (throttle) => ({
        upload: new UploadRunner({ sessions, files: this.pageFiles, throttle, clock }),
        download: new DownloadRunner({ sessions, throttle, clock, saved }),
        restore: this.#restores.within(throttle),
        'remote-migration': this.#migrations,
      }),
    });
    sessions.onChanged(() => this.#tidy());
    this.queue.onOver((entry) => {
      void this.#migrations.tidy(entry);
      void this.#restores.tidy(entry);
    });
  }

  /** Ends what runs where it is. */
  async close(): Promise<void> {
    await this.queue.close();
    await this.#restores.close();
    this.pageFiles.dispose();
  }

  async upload(request: UploadRequest): Promise<{ transferId: string }> {
    this.#sessions.get(request.clusterId);
    const filename = uploadName(request.filename ?? basename(request.path));
    checkUploadName(filename, request.content);
    checkSum(request);
    const { sizeBytes } = await this.pageFiles.look(request.path);
    const { clusterId, path, node, storage, content } = request;
    const upload = { path, node, storage, content, filename };
    const wish = { kind: 'upload' as const, ...request, filename };
    const entry = this.queue.add(wish, { clusterId, name: filename, totalBytes: sizeBytes, upload });
    await this.queue.saved();
    return { transferId: entry.id };
  }

  async targets(clusterId: string, signal?: AbortSignal): Promise<{ targets: UploadTarget[] }> {
    return { targets: await listUploadTargets(this.#sessions.active(clusterId), signal) };
  }

  async file(path: string): Promise<UploadFile> {
    const { sizeBytes } = await this.pageFiles.look(path);
    const filename = uploadName(basename(path));
    const content = contentOf(filename);
    return { path, sizeBytes, filename, ...(content && { content }) };
  }

  async download(request: DownloadRequest): Promise<{ transferId: string }> {
    const { source, path } = request;
    this.#sessions.get(source.clusterId);
    if (!isAbsolute(path)) throw new AppError('invalid', 'Where it is to go has to be a whole path.');
    const { clusterId } = source;
    const download = { path, source: describeSource(source) };
    const entry = this.queue.add({ kind: 'download', ...request }, { clusterId, name: basename(path), download });
    await this.queue.saved();
    return { transferId: entry.id };
  }

  /** The password is used now, to open the key, and kept nowhere. */
  async restore(request: RestoreRequest, keyPassword: string | undefined): Promise<{ transferId: string }> {
    const { clusterId, snapshot, archive, path, keyPath } = request;
    this.#sessions.active(clusterId);
    if (!isAbsolute(path)) throw new AppError('invalid', 'Where it is to go has to be a whole path.');
    const key = keyPath === undefined ? undefined : await unlockKey(await readKeyFile(keyPath), keyPassword);
    const restore = { path, archive, snapshot };
    const entry = this.queue.add({ kind: 'restore', ...request }, { clusterId, name: basename(path), restore });
    if (key) this.#restores.give(entry, key);
    await this.queue.saved();
    return { transferId: entry.id };
  }

  /** Opens the key that a restore waits for. */
  async unlock(id: string, password: string): Promise<void> {
    const entry = this.queue.locked(id);
    const { request } = entry;
    if (request.kind !== 'restore' || request.keyPath === undefined) return;
    const key = await unlockKey(await readKeyFile(request.keyPath), password);
    if (this.queue.locked(id) === entry) this.#restores.unlock(entry, key);
  }

  /** What a key file says of itself, without its key. */
  async keyFile(path: string): Promise<{ isLocked: boolean; fingerprint?: string; hint?: string }> {
    const { derivation, fingerprint, hint } = await readKeyFile(path);
    return {
      isLocked: derivation.kind !== 'none',
      ...(fingerprint !== undefined && { fingerprint }),
      ...(hint !== undefined && { hint }),
    };
  }

  /** Backups of a guest that files can be taken out of. */
  async guestBackups(clusterId: string, guestId: string, signal: AbortSignal): Promise<{ backups: GuestBackup[] }> {
    const session = this.#sessions.active(clusterId);
    const guest = await this.#guests.locate(clusterId, guestId);
    return { backups: await listGuestBackups(session, guest, signal) };
  }

  backedUpFiles(clusterId: string, folder: Parameters<typeof listBackedUpFiles>[1], signal: AbortSignal) {
    return listBackedUpFiles(this.#sessions.active(clusterId), folder, signal);
  }

  async migrationOptions(
    clusterId: string,
    guestId: string,
    targetClusterId: string,
    signal: AbortSignal,
  ): Promise<RemoteMigrationOptions> {
    const [source, target] = this.#pair(clusterId, targetClusterId);
    return await readMigrationOptions({ source, target, guest: await this.#guests.locate(clusterId, guestId), signal });
  }

  /** Resolves when the source cluster has started it. */
  async migrate(request: RemoteMigrationRequest): Promise<{ transferId: string; upid: string }> {
    const { token, ...wish } = request;
    const { clusterId, guestId, targetClusterId, deletesSource } = wish;
    this.#pair(clusterId, targetClusterId);
    const { name, vmid } = await this.#guests.locate(clusterId, guestId);
    const migration = { guestId, targetClusterId, targetVmid: wish.targetVmid ?? vmid, deletesSource };
    const entry = this.queue.add({ kind: 'remote-migration', ...wish }, { clusterId, name, migration });
    const given = token.kind === 'given' ? { tokenId: token.tokenId, secret: token.secret } : undefined;
    const upid = await new Promise<string>((onStarted, onFailed) => {
      this.#migrations.prepare(entry, { token: given, onStarted, onFailed });
    });
    return { transferId: entry.id, upid };
  }

  #pair(sourceId: string, targetId: string): readonly [ClusterSession, ClusterSession] {
    if (sourceId === targetId) throw new AppError('invalid', 'Source and target are the same cluster.');
    const pair = [this.#sessions.active(sourceId), this.#sessions.active(targetId)] as const;
    if (pair.some(({ product }) => product !== 'pve')) {
      throw new AppError('unsupported', 'Guests migrate between Proxmox VE clusters only.');
    }
    return pair;
  }

  /** What was made for migrations that are over goes as soon as it can. */
  #tidy(): void {
    for (const entry of this.queue.all()) if (entry.madeToken && entry.isFinal) void this.#migrations.tidy(entry);
  }

  answer(id: string, choice: 'replace' | 'rename' | 'skip', given?: string): void {
    const { request } = this.queue.get(id);
    const isUpload = request.kind === 'upload';
    const filename = given === undefined ? undefined : isUpload ? uploadName(given) : basename(given);
    if (choice === 'rename' && isUpload) checkUploadName(filename ?? '', request.content);
    this.queue.answer(id, choice, filename);
  }
}

const hexDigits = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;

function checkSum({ checksum }: UploadRequest): void {
  if (checksum.kind !== 'given' || checksum.value.length === hexDigits[checksum.algorithm]) return;
  throw new AppError('invalid', `A checksum by ${checksum.algorithm} has ${hexDigits[checksum.algorithm]} hex digits.`);
}
