// Addresses opened by hand, against the real thing: QEMU's own VNC server and serial ports.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { findQemu } from '../../electron/lab/qemu/qemuGuest.ts';
import type { AppError } from '../../shared/base/errors.ts';
import type { Params } from '../../shared/wire/contract.ts';
import { EngineBench, type PageState } from '../support/engineBench.ts';
import { eventually } from '../support/eventually.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { freePort } from '../support/proxyProcess.ts';

const PASSWORD = 'k3pt-1n!';
const qemu = findQemu();
if (qemu === undefined) console.warn('skipped: qemu-system-x86_64 is not installed (Debian: qemu-system-x86)');

describe.skipIf(qemu === undefined)('QEMU at an address of its own', () => {
  checkLeaks();
  let folder: string;
  let bench: EngineBench;
  let page: PageState;
  let machine: ChildProcess | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-qemu-'));
    bench = await EngineBench.start({ life: false });
    page = await bench.open();
  });

  afterEach(async () => {
    await bench.close();
    const exited = new Promise((resolve) => machine?.once('exit', resolve));
    if (machine?.kill('SIGKILL')) await exited;
    rmSync(folder, { recursive: true });
  });

  /** Without a disk: the firmware says on screen and serial port that there is none, and is asked for nothing more. */
  const start = (...args: readonly string[]) => {
    const common = ['-machine', 'pc,graphics=off', '-accel', 'tcg', '-m', '64', '-nodefaults', '-display', 'none'];
    machine = spawn(String(qemu), [...common, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  };

  async function open(wish: Params<'address.open'>) {
    const opened = await page.page.call('address.open', wish);
    if (opened.kind !== 'console') throw new Error(opened.kind);
    const channel = page.page.open('console', { target: opened.target, view: opened.view, cols: 80, rows: 24 });
    const seen = { channel, text: '', error: undefined as AppError | undefined };
    channel.onData((chunk) => {
      seen.text += Buffer.from(chunk).toString('latin1');
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => {});
    channel.onClose((reason) => {
      if (reason.kind === 'failed') seen.error = reason.error;
    });
    channel.start();
    if (opened.view === 'vnc') {
      await eventually(() => seen.text.startsWith('RFB 003.008\n'), 'the greeting');
      channel.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.of(1, 1)])); // no security, shared
    }
    return seen;
  }

  it('its screen on a Unix socket takes the right password and no other', async () => {
    const path = join(folder, 'vnc');
    const secret = ['-object', `secret,id=word,data=${PASSWORD}`];
    start('-name', 'plain-qemu', '-vga', 'std', ...secret, '-vnc', `unix:${path},password-secret=word`);
    await eventually(() => existsSync(path), 'the socket of the screen');
    const wrong = await open({ address: `unix:${path}`, password: 'another' });
    await eventually(() => wrong.error !== undefined, 'the refusal');
    expect(wrong.error).toMatchObject({ code: 'login-failed', retry: 'never' });
    const right = await open({ address: `unix:${path}`, password: PASSWORD });
    await eventually(() => right.text.includes('plain-qemu'), 'the name of the desktop');
    right.channel.dispose();
  });

  it.each(['tcp', 'ws'] as const)('its serial port over %s says what the firmware prints', async (way) => {
    const port = await freePort();
    const webSocket = way === 'ws' ? ',websocket=on' : '';
    const socket = `socket,id=port,host=127.0.0.1,port=${port},server=on,wait=on${webSocket}`; // begins when it is read
    start('-chardev', socket, '-serial', 'chardev:port');
    const wish = { address: `${way}://127.0.0.1:${port}`, view: 'terminal' as const };
    let seen = await open(wish);
    await eventually(async () => {
      if (seen.error) seen = await open(wish); // it does not listen yet
      return seen.text.includes('SeaBIOS');
    }, 'what the firmware prints');
    expect(seen.error).toBeUndefined();
    seen.channel.dispose();
  });
});
