import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const cli = process.env['SLUICE_CLI'] ?? new URL('../../dist/cli.mjs', import.meta.url).pathname;

interface Direction {
  readonly bytes: number;
  readonly heldBytes: number;
  readonly paused: boolean;
}

export interface Stats {
  readonly relays: readonly { readonly id: number; readonly up: Direction; readonly down: Direction }[];
  readonly heldBytes: number;
  readonly budgetBytes: number;
}

/** `sluice relay` as a process of its own, so that its memory is its own. */
export class RelayProcess {
  readonly closed: Record<string, unknown>[] = [];
  port = 0;
  path = '/';
  stats: Stats | undefined;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(args: readonly string[]) {
    const all = [cli, 'relay', ...args, '--json', '--stats', '0.2'];
    this.#child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  static async start(...args: string[]): Promise<RelayProcess> {
    const relay = new RelayProcess(args);
    const output = relay.#child.stdout;
    if (!output) throw new Error('The relay has no output.');
    await new Promise<void>((resolve) => {
      createInterface({ input: output }).on('line', (line) => relay.#handleLine(line, resolve));
    });
    return relay;
  }

  /** Resident memory, in MiB. */
  get residentMiB(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  /** Tells it to end; resolves with its exit code. */
  async end(): Promise<unknown> {
    this.#child.kill('SIGTERM');
    return await this.#exited;
  }

  #handleLine(line: string, ready: () => void): void {
    const event = JSON.parse(line) as { event: string; address: string; port: number };
    if (event.event === 'listening') {
      this.port = event.port;
      if (event.address.startsWith('ws:')) this.path = new URL(event.address).pathname;
      ready();
    } else if (event.event === 'stats') {
      this.stats = event as unknown as Stats;
    } else if (event.event === 'closed') {
      this.closed.push(event as unknown as Record<string, unknown>);
    }
  }
}
