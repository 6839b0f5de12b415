import { createInProcessHost, type InProcessHost } from '../../../electron/hosts/inProcess/inProcessHost.ts';
import { createNodeDeps } from '../../../electron/hosts/nodeDeps.ts';
import { MemoryVault } from '../../../electron/hosts/vaults/memoryVault.ts';
import { imageContent, streamContent } from '../../../electron/lab/pbs/content.ts';
import { LabDatastore } from '../../../electron/lab/pbs/datastore.ts';
import { PbsLab, type PbsLabOptions } from '../../../electron/lab/pbs/pbsLab.ts';
import { CHUNK_BYTES, sampleKey } from '../../../electron/lab/pbs/samples.ts';
import type { RestoreRequest, Transfer, TransferState } from '../../../shared/model/transfer.ts';
import { snapshotRef } from '../../../shared/model/backup.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';
import { FakeDocuments, FakeLog } from '../../support/engineBench.ts';
import { snapshotOf } from '../../support/pbsBench.ts';
import { until } from '../../support/until.ts';

export const IMAGE = 'drive-scsi0.img.fidx';
/** 14 chunks, five of them holes. */
export const IMAGE_BYTES = 14 * CHUNK_BYTES;
export const HOLE_BYTES = 5 * CHUNK_BYTES;

/** The samples, smaller: what is tested here is how they come, not how they are packed. */
function smallDatastores(): LabDatastore[] {
  const store = new LabDatastore('backups');
  const common = { owner: 'root@pam', compress: false, timeS: 1_774_000_000 };
  const image = (sizeBytes: number) => ({
    ...{ name: IMAGE, kind: 'fixed' as const, chunkBytes: CHUNK_BYTES },
    content: imageContent({ name: IMAGE, sizeBytes }),
  });
  store.add('', { ...common, type: 'vm', id: '100', archives: [image(IMAGE_BYTES)] });
  const files = { name: 'root.pxar.didx', kind: 'dynamic' as const, content: streamContent('ct 104', 1 << 20) };
  store.add('', { ...common, type: 'ct', id: '104', archives: [files] });
  store.add('secret', { ...common, type: 'vm', id: '200', key: sampleKey, archives: [image(6 * CHUNK_BYTES + 512)] });
  return [store];
}

/** A Backup Server of the lab, an engine that is signed in to it, and a page that follows the transfers. */
export class RestoreBench {
  readonly lab: PbsLab;
  readonly transfers = new Map<string, Transfer>();
  readonly documents = new FakeDocuments();
  readonly log = new FakeLog();
  readonly #vault = new MemoryVault();
  #host: InProcessHost;
  page: PagePeer;
  clusterId = '';

  private constructor(lab: PbsLab) {
    this.lab = lab;
    this.#host = this.#newHost();
    this.page = this.#host.connect();
  }

  static async start(options: PbsLabOptions = {}): Promise<RestoreBench> {
    const quirks = { authDelayMs: 0, ...options.quirks };
    const bench = new RestoreBench(await PbsLab.start({ datastores: smallDatastores(), ...options, quirks }));
    await bench.#greet();
    await bench.signIn();
    return bench;
  }

  #newHost(): InProcessHost {
    const deps = createNodeDeps({ host: 'in-process', version: 'test', log: this.log });
    return createInProcessHost({ ...deps, documents: this.documents, vault: this.#vault });
  }

  async signIn(): Promise<void> {
    const { address, fingerprint, username: who, password } = this.lab;
    const [username = '', realm = ''] = who.split('@');
    const params = { address, acceptFingerprint: fingerprint, username, realm, password };
    const result = await this.page.call('session.login', params);
    if (result.kind !== 'signed-in') throw new Error('asked for more');
    this.clusterId = result.clusterId;
  }

  async #greet(): Promise<void> {
    this.transfers.clear();
    this.page.on('transfers.changed', ({ full, transfers, removed }) => {
      if (full) this.transfers.clear();
      for (const transfer of transfers) this.transfers.set(transfer.id, transfer);
      for (const id of removed) this.transfers.delete(id);
    });
    await this.page.call('app.hello', { wireVersion });
    const { transfers } = await this.page.call('transfer.list', {});
    for (const transfer of transfers) this.transfers.set(transfer.id, transfer);
  }

  /** The engine ended, with or without a good-bye, and another began. */
  async restart(): Promise<void> {
    await this.#host.engine.close(100);
    this.#host = this.#newHost();
    this.page = this.#host.connect();
    await this.#greet();
  }

  async restore(
    id: string,
    archive: string,
    given: Partial<RestoreRequest> & { readonly path: string; readonly keyPassword?: string },
  ): Promise<string> {
    const snapshot = snapshotRef.parse(snapshotOf(this.lab, id).ref);
    const request = { clusterId: this.clusterId, snapshot, archive, ifExists: 'ask' as const, ...given };
    const { transferId } = await this.page.call('transfer.restore', request);
    await until(() => this.transfers.has(transferId), 'the transfer in the list');
    return transferId;
  }

  transfer(id: string): Transfer {
    const found = this.transfers.get(id);
    if (!found) throw new Error(`The page knows no transfer ${id}.`);
    return found;
  }

  async untilState(id: string, ...states: TransferState[]): Promise<Transfer> {
    const known = () => this.transfers.get(id)?.state;
    await until(() => states.includes(known() as TransferState), `${states.join(' or ')}`, 25_000);
    return this.transfer(id);
  }

  /** What a restore of it must give. */
  sumOf(id: string, archive: string): string | undefined {
    return snapshotOf(this.lab, id).snapshot.archive(archive)?.contentSum();
  }

  async close(): Promise<void> {
    await this.#host.engine.close(100);
    await this.lab.close();
  }
}
