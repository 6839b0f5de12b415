import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { eventually } from './eventually.ts';

const root = join(import.meta.dirname, '../..');
const node = join(root, 'node_modules/.bin/node'); // the one that runs TypeScript as it is

export interface DirectionLine {
  readonly bytes: number;
  readonly heldBytes: number;
  readonly paused: boolean;
}

export interface RelayLine {
  readonly id: number;
  readonly up: DirectionLine;
  readonly down: DirectionLine;
}

type Line =
  | { readonly event: 'listening'; readonly port: number }
  | { readonly event: 'stats'; readonly relays: readonly RelayLine[] }
  | ({ readonly event: 'closed'; readonly reason: string } & RelayLine)
  | { readonly event: 'failed'; readonly reason: string };

/** `sluice relay`, from its source, in a process of its own: its lines and its resident memory. Linux. */
export class RelayChild {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #killNow = () => this.#child.kill('SIGKILL');

  private constructor(args: readonly string[]) {
    const all = [join(root, 'electron/cli/cli.ts'), 'relay', ...args, '--json'];
    this.#child = spawn(node, all, { stdio: ['ignore', 'pipe', 'inherit'] });
    process.on('exit', this.#killNow);
    const { stdout } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.lines.push(JSON.parse(line) as Line));
  }

  /** Resolves when it listens. */
  static async start(args: readonly string[]): Promise<RelayChild> {
    const relay = new RelayChild(args);
    await eventually(() => relay.lines.length > 0 || relay.hasEnded, 'the listening relay').catch(async (error) => {
      await relay.end();
      throw error;
    });
    return relay;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get port(): number {
    const [first] = this.lines;
    if (first?.event !== 'listening') throw new Error('the relay does not listen');
    return first.port;
  }

  /** Every relay of every `--stats` line so far. */
  get stats(): RelayLine[] {
    return this.lines.flatMap((line) => (line.event === 'stats' ? line.relays : []));
  }

  get closed(): Extract<Line, { event: 'closed' }>[] {
    return this.lines.filter((line) => line.event === 'closed');
  }

  /** Resident memory now. */
  rssBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** Ends it as Ctrl-C would. */
  async end(): Promise<void> {
    process.off('exit', this.#killNow);
    if (this.hasEnded) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
