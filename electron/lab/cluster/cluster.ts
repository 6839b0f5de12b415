import { randomBytes } from 'node:crypto';

import { ApiError } from '../http/apiError.ts';
import type { LabGuest, LabNode, LabStorage } from './model.ts';
import { backupStorage, createGuests, createNodes, createStorages } from './population.ts';

export interface StoredFile {
  readonly volid: string;
  readonly content: string;
  readonly format: string;
  readonly size: number;
  readonly ctime: number;
  readonly vmid?: number;
  readonly notes?: string;
  /** What was really received, for tests. */
  readonly sha256?: string;
}

interface ClusterOptions {
  readonly name?: string;
  readonly hasBackupStorage?: boolean;
}

/** What exists in the cluster. `changes` grows with every change made through `touch`. */
export class LabCluster {
  readonly name: string;
  readonly bridges: readonly string[] = ['vmbr0', 'vmbr1'];
  readonly repoId = randomBytes(8).toString('hex');
  readonly nodes: readonly LabNode[];
  readonly storages: readonly LabStorage[];
  readonly guests: Map<number, LabGuest>;
  readonly #files = new Map<string, StoredFile>();
  changes = 0;

  constructor(guestCount: number, nowMs: number, { name = 'lab', hasBackupStorage = false }: ClusterOptions = {}) {
    this.name = name;
    this.nodes = createNodes(nowMs);
    this.storages = hasBackupStorage ? [...createStorages(), backupStorage] : createStorages();
    this.guests = new Map(createGuests(guestCount, nowMs).map((guest) => [guest.vmid, guest]));
    this.#storeFirstFiles(nowMs);
  }

  touch(): void {
    this.changes += 1;
  }

  node(name: string): LabNode {
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (node === undefined)
      throw new ApiError(
        500,
        `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
      );
    if (!node.isOnline) throw new ApiError(595, 'No route to host');
    return node;
  }

  /** The guest, if it lives on that node: else what PVE says after a migration (PVE wire facts 1.7, 11 row 31). */
  guest(nodeName: string, type: string, vmid: number): LabGuest {
    const node = this.node(nodeName);
    const guest = this.guests.get(vmid);
    if (guest !== undefined && guest.type === type && guest.node === node.name) return guest;
    const folder = type === 'qemu' ? 'qemu-server' : 'lxc';
    throw new ApiError(500, `Configuration file 'nodes/${nodeName}/${folder}/${vmid}.conf' does not exist`);
  }

  storage(name: string): LabStorage {
    const storage = this.storages.find((candidate) => candidate.storage === name);
    if (storage === undefined) throw new ApiError(500, `storage '${name}' does not exist`);
    return storage;
  }

  #folder(node: string, storage: string): string {
    return this.storage(storage).isShared ? storage : `${node}/${storage}`;
  }

  files(node: string, storage: string): StoredFile[] {
    const prefix = `${this.#folder(node, storage)} `;
    return [...this.#files].flatMap(([key, file]) => (key.startsWith(prefix) ? [file] : []));
  }

  /** Wherever it lies. */
  file(volid: string): StoredFile | undefined {
    return [...this.#files.values()].find((file) => file.volid === volid);
  }

  /** An existing file is replaced without a word. */
  storeFile(node: string, storage: string, file: StoredFile): void {
    this.#files.set(`${this.#folder(node, storage)} ${file.volid}`, file);
  }

  removeFile(node: string, storage: string, volid: string): boolean {
    return this.#files.delete(`${this.#folder(node, storage)} ${volid}`);
  }

  #storeFirstFiles(nowMs: number): void {
    const ctime = Math.floor(nowMs / 1000) - 86_400 * 20;
    const iso = (name: string, size: number) =>
      this.storeFile('pve1', 'nas', { volid: `nas:iso/${name}`, content: 'iso', format: 'iso', size, ctime });
    iso('debian-13.1.0-amd64-netinst.iso', 822_083_584);
    iso('virtio-win-0.1.271.iso', 726_550_528);
    const template = 'debian-13-standard_13.1-2_amd64.tar.zst';
    const file = { content: 'vztmpl', format: 'tzst', size: 129_710_398, ctime };
    this.storeFile('pve1', 'nas', { volid: `nas:vztmpl/${template}`, ...file });
  }
}
