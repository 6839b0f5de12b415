import type { DemoCluster } from '../../engine/deps.ts';
import type { Lab } from '../../lab/lab.ts';

/** The demo cluster, in this process and only when it is asked for. */
export class DemoLab {
  #starting: Promise<Lab> | undefined;

  async start(): Promise<DemoCluster> {
    this.#starting ??= import('../../lab/lab.ts').then(({ startLab }) => startLab());
    const { address, fingerprint, username, password } = await this.#starting;
    const at = username.lastIndexOf('@');
    return { address, fingerprint, username: username.slice(0, at), realm: username.slice(at + 1), password };
  }

  async close(): Promise<void> {
    const lab = await this.#starting?.catch(() => undefined);
    await lab?.close();
  }
}
