import { type LoginLab, startLoginLab } from '../../electron/lab/login/loginLab.ts';
import type { ServerTask } from '../../electron/lab/login/serverTasks.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';

/** Servers with long lists of tasks, some of which run and write on. */
export class BusyServers {
  readonly servers: LoginLab[];
  readonly #running: { server: LoginLab; task: ServerTask; percent: number }[] = [];
  #ended = 0;

  private constructor(servers: LoginLab[]) {
    this.servers = servers;
  }

  static async start(count: number, runningEach: number): Promise<BusyServers> {
    const servers = await Promise.all(Array.from({ length: count }, () => startLoginLab({ product: 'pbs' })));
    const busy = new BusyServers(servers);
    for (const server of servers) {
      for (let at = 0; at < runningEach; at += 1) {
        const task = server.tasks.start({ type: 'verificationjob', workerId: `store${at}:v-${at}`, ageS: 60 });
        busy.#running.push({ server, task, percent: 0 });
      }
    }
    busy.move();
    return busy;
  }

  /** More that ended, each newer than those before. */
  end(count: number): void {
    for (const { tasks } of this.servers) {
      for (let at = 0; at < count; at += 1) {
        this.#ended += 1;
        const ageS = Math.max(1, 100_000 - this.#ended);
        tasks.end(tasks.start({ type: 'backup', workerId: `main:vm/${100 + (at % 90)}`, ageS }));
      }
    }
  }

  /** All that run are a bit further. */
  move(): void {
    for (const one of this.#running) {
      one.percent = Math.min(99, one.percent + 0.1);
      const speed = `verified 12/48 MiB in 0.5 seconds, speed 24.0/96.0 MiB/s (0 errors)`;
      const share = `percentage done: ${one.percent.toFixed(2)}% (1/400 groups)`;
      one.server.tasks.log(one.task, `  ${speed}`, share);
    }
  }

  async signIn(page: PagePeer): Promise<void> {
    for (const { address, fingerprint: acceptFingerprint, password } of this.servers)
      await page.call('session.login', { address, acceptFingerprint, username: 'root', realm: 'pam', password });
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }
}
