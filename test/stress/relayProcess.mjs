// The built `sluice relay` as a process, with its lines read and its memory watched.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { start } from '../bench/processes.mjs';

const SAMPLE_MS = 250;

/** Starts it and resolves when it listens. */
export async function startRelay(cli, args) {
  const all = [cli, 'relay', ...args, '--stats', '0.5', '--json'];
  const { pid, child, end } = start(process.execPath, all);
  const relay = new RelayProcess(pid, end);
  createInterface({ input: child.stdout }).on('line', (line) => relay.handleLine(JSON.parse(line)));
  child.once('exit', () => relay.handleExit());
  await relay.listening;
  return relay;
}

class RelayProcess {
  closed = [];
  failed = [];
  mostHeldBytes = 0;
  stats;
  #pid;
  #end;
  #samples = [];
  #timer;
  #settle;
  listening = new Promise((resolve, reject) => {
    this.#settle = { resolve, reject };
  });

  constructor(pid, end) {
    this.#pid = pid;
    this.#end = end;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  handleLine(line) {
    if (line.event === 'listening') {
      this.port = line.port;
      this.address = line.address;
      this.#settle.resolve();
    }
    if (line.event === 'closed') this.closed.push(line);
    if (line.event === 'failed') this.failed.push(line);
    if (line.event !== 'stats') return;
    this.stats = line;
    this.mostHeldBytes = Math.max(this.mostHeldBytes, line.heldBytes);
  }

  handleExit() {
    clearInterval(this.#timer);
    this.#settle.reject(new Error('The relay ended before it listened.'));
  }

  /** Resident memory now, in bytes. */
  rssBytes() {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  }

  /** Every sample of resident memory since the start. */
  get rssSamples() {
    return this.#samples;
  }

  async end() {
    clearInterval(this.#timer);
    await this.#end();
  }

  #sample() {
    try {
      this.#samples.push(this.rssBytes());
    } catch {
      clearInterval(this.#timer); // it ended
    }
  }
}
