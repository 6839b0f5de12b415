import * as z from 'zod/mini';

import { lenient, listOf, perlNumber, perlText } from '../api/perl.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

const configAnswer = z.record(z.string(), lenient(perlText));
const contentAnswer = listOf(z.object({ volid: z.string(), size: perlNumber }));
const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const MOST_STORAGES = 8; // a guest's disks lie on one or two

export interface VolumeOwner {
  readonly node: string;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
}

/**
 * How large a guest's volumes are: some copies do not say it in their log (PVE wire facts 6.4 c). The guest's
 * configuration knows it, and the storage what is no longer in it; both are asked once, when a log names a volume.
 */
export class VolumeSizes {
  readonly #session: ClusterSession;
  readonly #owner: VolumeOwner;
  readonly #signal: AbortSignal;
  readonly #bytes = new Map<string, number>();
  readonly #storages = new Set<string>();
  #config: Promise<void> | undefined;

  constructor(session: ClusterSession, owner: VolumeOwner, signal: AbortSignal) {
    this.#session = session;
    this.#owner = owner;
    this.#signal = signal;
  }

  /** Undefined where it is not known, or not yet. */
  readonly of = (volume: string): number | undefined => {
    const known = this.#bytes.get(volume);
    if (known === undefined) void this.#ask(volume);
    return known;
  };

  /** Without the privilege to look the size stays unknown, and nothing else suffers. */
  async #ask(volume: string): Promise<void> {
    this.#config ??= this.#readConfig().catch(() => undefined);
    await this.#config;
    const storage = volume.split(':')[0] ?? '';
    const isAsked = this.#storages.has(storage) || this.#storages.size >= MOST_STORAGES;
    if (this.#bytes.has(volume) || storage === volume || isAsked) return;
    this.#storages.add(storage);
    await this.#readStorage(storage).catch(() => undefined);
  }

  async #readConfig(): Promise<void> {
    const { node, type, vmid } = this.#owner;
    const path = `/nodes/${encodeURIComponent(node)}/${type}/${vmid}/config`;
    const config = await this.#session.api.get(path, configAnswer, { isBackground: true, signal: this.#signal });
    for (const value of Object.values(config)) {
      const match = /^([^,\s]+:[^,\s]+),(?:.*,)?size=(\d+(?:\.\d+)?)([KMGT]?)(?:,|$)/.exec(value ?? '');
      if (match) this.#bytes.set(match[1] ?? '', Math.round(Number(match[2]) * (units[match[3] ?? ''] ?? 1)));
    }
  }

  async #readStorage(storage: string): Promise<void> {
    const { node, vmid } = this.#owner;
    const path = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}/content`;
    const options = { query: { vmid }, isBackground: true, signal: this.#signal };
    const listed = await this.#session.api.get(path, contentAnswer, options);
    for (const { volid, size } of listed) this.#bytes.set(volid, size);
  }
}
