import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { GuestBackend } from '../../electron/lab/guestBackend.ts';
import { findQemu } from '../../electron/lab/qemu/qemuGuest.ts';
import { prepareQemu, type QemuSupport } from '../../electron/lab/qemu/qemuSupport.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { RfbReader } from '../support/rfbReader.ts';

const patienceMs = 60_000; // a shared machine boots it ten times slower than 2 s at worst

/** Waits for what only another process can bring about. */
async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come within ${patienceMs / 1000} s`);
    await sleep(20);
  }
}

const guestFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`sluice-guest-${process.pid}-`));

/** QEMUs that this very process started and that still run. */
function ownQemus(): string[] {
  const list = execFileSync('ps', ['-o', 'comm=,stat=', '--ppid', String(process.pid)]).toString();
  return list.split('\n').filter((line) => line.startsWith('qemu') && !/\sZ/.test(line));
}

const log: string[] = [];
const isInstalled = findQemu() !== undefined;
if (!isInstalled) console.warn('skipped: qemu-system-x86_64 is not installed (Debian: qemu-system-x86)');

describe.skipIf(!isInstalled)('a guest in QEMU', () => {
  checkLeaks();
  let support: QemuSupport;
  let guest: GuestBackend;
  let serial: Duplex;
  let printed = '';
  const exits: string[] = [];

  beforeAll(async () => {
    const prepared = await prepareQemu({ log: (line) => log.push(line) });
    if (!prepared) throw new Error(`QEMU is installed, but there is no guest image: ${log.join('; ')}`);
    support = prepared;
  });

  beforeEach(async () => {
    printed = '';
    exits.length = 0;
    guest = support.createGuest({ vmid: 102, name: 'lab-01' });
    guest.onExit(() => exits.push('exit'));
    await guest.start();
    serial = await watch(await guest.openSerial());
  });

  afterEach(() => guest.dispose());

  afterAll(() => {
    expect(ownQemus()).toEqual([]);
    expect(guestFolders()).toEqual([]);
  });

  async function watch(stream: Duplex): Promise<Duplex> {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    return stream;
  }

  async function signIn(): Promise<void> {
    await eventually(() => printed.includes('login: '), 'the login');
    serial.write('root\r');
    await eventually(() => printed.includes('# '), 'the prompt');
  }

  async function answer(command: string, pattern: RegExp): Promise<void> {
    serial.write(`${command}\r`);
    await eventually(() => pattern.test(printed), `the answer to ${command}`);
  }

  it('boots to a login on its serial line, answers uname -a, and powers off', async () => {
    await signIn();
    await answer('uname -a', /Linux lab-01 \d+\.\d+.* x86_64 GNU\/Linux/);
    serial.write('poweroff -f\r');
    await eventually(() => exits.length > 0, 'the end of the guest');
    expect(exits).toEqual(['exit']);
    expect(guest.isRunning).toBe(false);
    await eventually(() => serial.destroyed || serial.readableEnded, 'the end of the serial line');
    expect(guestFolders()).toEqual([]);
    await expect(guest.openScreen('x')).rejects.toThrow('not running');
  });

  it('shows over RFB exactly what its own screendump shows, also what is typed there', async () => {
    await signIn(); // by then the screen has its mode
    const reader = new RfbReader(await guest.openScreen('S3cret!x'), { password: 'S3cret!x' });
    await reader.connect();
    expect(reader.name).toBe('QEMU (lab-01)');
    for (const key of 'root\rcat /etc/os-release\r') reader.key(key === '\r' ? 0xff0d : key.charCodeAt(0));
    const isSame = async () => {
      await reader.picture();
      return Buffer.compare(await guest.screendump(), reader.ppm()) === 0;
    };
    await eventually(isSame, 'the same picture');
    const colours = new Set(reader.pixels);
    expect([reader.width, reader.height]).toEqual([800, 600]);
    expect(colours.size).toBeGreaterThan(1);
    reader.close();
  });

  it('lets nobody in with another password, nor twice with one that was replaced', async () => {
    const stream = await guest.openScreen('first123');
    const wrong = new RfbReader(stream, { password: 'second12' });
    await expect(wrong.connect()).rejects.toThrow('refused');
    const late = await guest.openScreen('first123');
    const current = await guest.openScreen('second12');
    await expect(new RfbReader(late, { password: 'first123' }).connect()).rejects.toThrow('refused');
    const reader = new RfbReader(current, { password: 'second12' });
    await reader.connect();
    expect(reader.width).toBeGreaterThan(0);
    reader.close();
  });

  it('gives the serial line to who came last', async () => {
    await signIn();
    const second = await guest.openSerial();
    expect(serial.destroyed).toBe(true);
    printed = '';
    serial = await watch(second);
    await answer('echo again-$((40 + 2))', /again-42/);
  });

  it('starts again after a stop, which is not told as its own end', async () => {
    await guest.stop();
    expect(guest.isRunning).toBe(false);
    expect(exits).toEqual([]);
    await guest.start();
    printed = '';
    serial = await watch(await guest.openSerial());
    await eventually(() => printed.includes('login: '), 'the login');
  });
});
