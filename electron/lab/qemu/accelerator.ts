import { accessSync, constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './command.ts';
import type { GuestImage } from './guestImage.ts';
import { type Accelerator, QemuProcess } from './qemuProcess.ts';

// With hardware virtualisation the login is there within a second; without, 2 to 4 s.
const PROBE_MS = 5000;
const NOTE = 'accelerator.json';

export interface AcceleratorOptions {
  readonly program: string;
  readonly image: GuestImage;
  /** Where the answer is remembered; a probe takes seconds where it fails. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
}

/**
 * KVM where a guest was seen to boot with it, else TCG: `/dev/kvm` alone proves nothing, in nested virtual machines it
 * may be there and start no Linux.
 */
export async function chooseAccelerator(options: AcceleratorOptions): Promise<Accelerator> {
  if (!canOpen('/dev/kvm')) return 'tcg';
  const key = await machineKey(options.program);
  const path = join(options.cacheDir, NOTE);
  const known = await readNote(path);
  if (known?.key === key) return known.accelerator;
  const accelerator = (await bootsWith('kvm', options)) ? 'kvm' : 'tcg';
  await writeFile(path, `${JSON.stringify({ key, accelerator })}\n`, { mode: 0o600 });
  return accelerator;
}

/** Whether a login appears on the serial line. */
export async function bootsWith(
  accelerator: Accelerator,
  { program, image, signal }: AcceleratorOptions,
): Promise<boolean> {
  const qemu = new QemuProcess({ program, name: 'probe', image, memoryMib: 160, accelerator, isHeadless: true });
  try {
    return await sawLogin(qemu, signal);
  } finally {
    await qemu.kill();
  }
}

function sawLogin(qemu: QemuProcess, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let tail = '';
    const timer = setTimeout(() => resolve(false), PROBE_MS);
    const done = (isThere: boolean) => {
      clearTimeout(timer);
      resolve(isThere);
    };
    qemu.child.stdout?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('latin1')).slice(-2000);
      if (tail.includes('login:')) done(true);
    });
    qemu.onEnd(() => done(false));
    signal?.addEventListener('abort', () => done(false), { once: true });
  });
}

async function machineKey(program: string): Promise<string> {
  const version = (await run(program, ['--version'])).toString().split('\n')[0] ?? '';
  const processor = /model name\s*: (.*)/.exec(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''))?.[1] ?? '';
  return `${version} / ${processor}`;
}

async function readNote(path: string): Promise<{ key: string; accelerator: Accelerator } | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof note !== 'object' || note === null || !('key' in note) || !('accelerator' in note)) return undefined;
    const { key, accelerator } = note;
    const isKnown = accelerator === 'kvm' || accelerator === 'tcg';
    return typeof key === 'string' && isKnown ? { key, accelerator } : undefined;
  } catch {
    return undefined; // not probed yet, or not ours
  }
}

function canOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false; // not there, or not for us
  }
}
