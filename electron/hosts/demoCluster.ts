import type { Lab, LabOptions } from '../lab/lab.ts';
import type { DemoCluster } from '../engine/deps.ts';

/** The lab's way in, as the engine and the page want it. */
export function demoClusterOf(lab: Lab): DemoCluster {
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
 * A demo cluster that starts with the first question for it, and again when that start failed. Takes some seconds more
 * the very first time, where QEMU is installed: its guest is built then.
 */
export class LazyDemo {
  readonly #options: LabOptions;
  readonly #closing = new AbortController();
  #lab: Promise<Lab> | undefined;

  constructor(options: LabOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<DemoCluster> {
    return demoClusterOf(await this.startLab());
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
