import type { Lab, LabOptions } from '../lab/lab.ts';
import type { PbsLab } from '../lab/pbs/pbsLab.ts';
import type { DemoCluster } from '../engine/deps.ts';

/** The lab's way in, as the engine and the page want it. */
export function demoClusterOf(lab: Pick<Lab, 'address' | 'fingerprint' | 'username' | 'password'>): DemoCluster {
  const at = lab.username.lastIndexOf('@');
  return {
    address: lab.address,
    fingerprint: lab.fingerprint,
    username: lab.username.slice(0, at),
    realm: lab.username.slice(at + 1),
    password: lab.password,
  };
}

/**
 * A demo cluster, and a Backup Server beside it, each of which starts with the first question for it, and again when that start failed. Takes some seconds more
 * the very first time, where QEMU is installed: its guest is built then.
 */
export class LazyDemo {
  readonly #options: LabOptions;
  readonly #closing = new AbortController();
  #lab: Promise<Lab> | undefined;
  #backups: Promise<PbsLab> | undefined;

  constructor(options: LabOptions = {}) {
    this.#options = options;
  }

  async start(product: 'pve' | 'pbs'): Promise<DemoCluster> {
    return demoClusterOf(await (product === 'pve' ? this.startLab() : this.#startBackups()));
  }

  startLab(): Promise<Lab> {
    this.#lab ??= this.#startLab();
    return this.#lab;
  }

  /** Ends the cluster and its guests, also one that is still starting. */
  async close(): Promise<void> {
    this.#closing.abort();
    const starting = this.#lab;
    this.#lab = undefined;
    const lab = await starting?.catch(() => undefined); // whoever asked for it was told
    await lab?.close();
    const backups = await this.#backups?.catch(() => undefined);
    this.#backups = undefined;
    await backups?.close();
  }

  #startBackups(): Promise<PbsLab> {
    this.#backups ??= import('../lab/pbs/pbsLab.ts').then(({ PbsLab }) => PbsLab.start());
    return this.#backups;
  }

  async #startLab(): Promise<Lab> {
    try {
      const [{ startLab }, { prepareGuestBackends }] = await Promise.all([
        import('../lab/lab.ts'),
        import('../lab/guestBackends.ts'),
      ]);
      const { log } = this.#options;
      const createBackend = await prepareGuestBackends({ ...(log && { log }), signal: this.#closing.signal });
      return await startLab({ createBackend, ...this.#options });
    } catch (error) {
      this.#lab = undefined;
      throw error;
    }
  }
}
