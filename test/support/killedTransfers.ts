// Kills an engine with -9 in the middle of transfers, starts it again, and looks whether anything was claimed or left
// that should not be.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { type Lab, startLab } from '../../electron/lab/lab.ts';

const FILE_BYTES = 3 << 20;
const RESTORED_BYTES = 5 << 20; // of the lab's `/var/database.bin`
const BYTES_PER_SECOND = 12 << 20;
const MOST_DELAY_MS = 1_500; // the whole of it takes some 1.2 s
const SETTLE_MS = 25_000;
const script = fileURLToPath(new URL('./transferProcess.ts', import.meta.url));

interface Line {
  readonly id?: string;
  readonly state?: string;
  readonly ready?: boolean;
  readonly asked?: boolean;
  readonly upload?: { readonly filename: string };
  readonly download?: { readonly path: string };
}

export interface KilledRun {
  /** States as they were told before the kill, and after the next start. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What should not be so, in words. Empty: all is well. */
  readonly problems: readonly string[];
}

/** An engine and what it said last of each transfer. */
class Victim {
  readonly child: ChildProcess;
  readonly transfers = new Map<string, Line>();
  #isReady = false;
  #onLine: (() => void) | undefined;

  constructor(config: object) {
    this.child = spawn(process.execPath, [script, JSON.stringify(config)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    lines.on('line', (text) => this.#take(JSON.parse(text) as Line));
  }

  get states(): string[] {
    return [...this.transfers.values()].map(({ state }) => state ?? '');
  }

  untilReady(): Promise<void> {
    return this.until(() => this.#isReady);
  }

  async until(condition: () => boolean): Promise<void> {
    const limit = performance.now() + SETTLE_MS;
    while (!condition()) {
      if (performance.now() > limit) throw new Error(`It took too long. Transfers: ${this.states.join(', ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#onLine = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGKILL');
    await closed;
  }

  #take(line: Line): void {
    if (line.ready) this.#isReady = true;
    if (line.id !== undefined) this.transfers.set(line.id, line);
    this.#onLine?.();
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** `onRun` is called behind each. `random` gives 0..1: when the engine is killed. */
export async function killTransfers(
  runs: number,
  random: () => number,
  onRun: (run: KilledRun) => void,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-killed-'));
  const lab = await startLab({
    life: false,
    hasBackupStorage: true,
    quirks: { authDelayMs: 0, resourcesLagMs: 0, taskPace: 3 },
  });
  try {
    for (let run = 0; run < runs; run += 1) onRun(await killOnce(lab, join(dir, String(run)), run, random()));
  } finally {
    await lab.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function killOnce(lab: Lab, dir: string, run: number, moment: number): Promise<KilledRun> {
  const [tokenId = '', secret = ''] = lab.apiToken.replace('PVEAPIToken=', '').split('=');
  mkdirSync(join(dir, 'out'), { recursive: true });
  const image = join(dir, 'image.iso');
  writeFileSync(image, randomBytes(FILE_BYTES));
  const { address, fingerprint } = lab;
  const base = { dataDir: join(dir, 'data'), address, fingerprint, tokenId, secret };
  const names = [`run${run}-a.iso`, `run${run}-b.iso`];
  const uploads = names.map((filename) => ({ path: image, filename }));
  const restored = join(dir, 'out', 'database.bin');
  const downloads = [{ path: restored, sizeBytes: RESTORED_BYTES }];
  const first = new Victim({ ...base, bytesPerSecond: BYTES_PER_SECOND, uploads, downloads });
  await first.untilReady();
  await new Promise((resolve) => setTimeout(resolve, moment * MOST_DELAY_MS));
  await first.kill();
  const before = first.states;
  const problems = claimsOf(first, lab, image).concat(partialAt(restored));
  const second = new Victim({ ...base, bytesPerSecond: 0, uploads: [], downloads: [] });
  try {
    await second.untilReady();
    await second.until(() => second.states.every((state) => /^(done|interrupted|failed)$/.test(state)));
    const left = readdirSync(join(dir, 'out')).filter((name) => name !== 'database.bin');
    if (left.length > 0) problems.push(`left behind: ${left.join(', ')}`);
    problems.push(...claimsOf(second, lab, image), ...partialAt(restored), ...lostOf(first, second));
    return { before, after: second.states, problems };
  } finally {
    await second.kill();
  }
}

/** Whatever is called done has to be there, byte by byte. */
function claimsOf(victim: Victim, lab: Lab, image: string): string[] {
  const expected = sha256(readFileSync(image));
  return [...victim.transfers.values()].flatMap(({ state, upload, download }) => {
    if (state !== 'done') return [];
    if (upload && lab.stored(`local:iso/${upload.filename}`)?.sha256 !== expected) {
      return [`${upload.filename} is called done and is not there`];
    }
    return download && !existsSync(download.path) ? [`${download.path} is called done and is not there`] : [];
  });
}

function partialAt(path: string): string[] {
  if (!existsSync(path)) return [];
  const { length } = readFileSync(path);
  return length === RESTORED_BYTES ? [] : [`${path} has its name and ${length} bytes`];
}

/** What was told to a page is known again, and what had failed of nothing has not failed of being killed. */
function lostOf(first: Victim, second: Victim): string[] {
  return [...first.transfers].flatMap(([id, { state }]) => {
    const known = second.transfers.get(id)?.state;
    if (known === undefined) return [`one that was ${state} is forgotten`];
    return known === 'failed' ? [`one that was ${state} failed`] : [];
  });
}
