import { readFile, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import type { GuestBackend, LiveMove } from '../guestBackend.ts';
import { findProgram } from './command.ts';
import type { GuestImage } from './guestImage.ts';
import { HELPS, moveMemory } from './liveMove.ts';
import { type Accelerator, QemuProcess } from './qemuProcess.ts';
import { QmpClient } from './qmpClient.ts';
import { freeSpicePort, type SpiceIdentity } from './spiceServer.ts';

export interface QemuGuestOptions {
  readonly vmid: number;
  readonly name: string;
  readonly image: GuestImage;
  readonly memoryMib?: number;
  /** What its SPICE server shows; without, it has none. */
  readonly spice?: SpiceIdentity | undefined;
  readonly accelerator?: Accelerator;
  readonly program?: string;
  readonly log?: (line: string) => void;
  readonly clock?: Clock;
}

const MEMORY_MIB = 160; // below 96 the kernel panics
const SPICE_MEMORY_MIB = 192; // more modules, and discs of some MiB are read
const PASSWORD_SECONDS = 30; // as Proxmox VE sets it (PVE wire facts 3.3)
const SOCKETS_MS = 10_000;
const POLL_MS = 25;

/** The emulator for our guest, or undefined where it is not installed. */
export function findQemu(): string | undefined {
  return findProgram('qemu-system-x86_64');
}

/** A real machine in QEMU, its consoles reached the way Proxmox VE does it. */
export function createQemuGuest(options: QemuGuestOptions): GuestBackend {
  return new QemuGuest(options);
}

interface Running {
  readonly process: QemuProcess;
  readonly spicePort: number | undefined;
  readonly qmp: QmpClient;
  readonly streams: Set<Socket>;
}

class QemuGuest implements GuestBackend {
  readonly kind = 'qemu';
  readonly #options: QemuGuestOptions;
  readonly #clock: Clock;
  readonly #exitListeners: (() => void)[] = [];
  #running: Running | undefined;
  #starting: Promise<void> | undefined;
  #serial: Socket | undefined;
  #isStopping = false;

  constructor(options: QemuGuestOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    this.#starting ??= this.#launch().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const running = this.#running;
    if (!running) return;
    this.#isStopping = true;
    await running.process.kill();
    this.#isStopping = false;
  }

  onExit(listener: () => void): void {
    this.#exitListeners.push(listener);
  }

  /** Sets the machine's one VNC password, good for 30 s, and connects. A second call replaces the password. */
  async openScreen(password: string): Promise<Duplex> {
    const { qmp, process } = this.#mustRun();
    await qmp.execute('set_password', { protocol: 'vnc', password });
    await qmp.execute('expire_password', { protocol: 'vnc', time: `+${PASSWORD_SECONDS}` });
    return this.#connect(process.path('vnc'));
  }

  /** A second call replaces the password. */
  async allowSpice(password: string): Promise<number> {
    const { qmp, spicePort } = this.#mustRun();
    if (spicePort === undefined) throw new Error('no spice port');
    await qmp.execute('set_password', { protocol: 'spice', password });
    await qmp.execute('expire_password', { protocol: 'spice', time: `+${PASSWORD_SECONDS}` });
    return spicePort;
  }

  async openSerial(): Promise<Duplex> {
    const { process } = this.#mustRun();
    this.#serial?.destroy();
    const serial = await this.#connect(process.path('serial'));
    this.#serial?.destroy();
    this.#serial = serial;
    return serial;
  }

  /** A serial line knows no size. */
  resizeSerial(): void {}

  async screendump(): Promise<Uint8Array> {
    const { qmp, process } = this.#mustRun();
    const path = process.path('screen.ppm');
    await qmp.execute('screendump', { filename: path });
    const bytes = await readFile(path);
    await rm(path, { force: true });
    return bytes;
  }

  /** With TCG, QEMU 7.2 mostly loses dirty pages of a guest with SPICE's devices, whose kernel then dies. */
  get canMoveLive(): boolean {
    return this.#options.accelerator === 'kvm' || this.#options.spice === undefined;
  }

  async ask(command: string): Promise<unknown> {
    return await this.#mustRun().qmp.execute(command);
  }

  async moveLive(move: LiveMove): Promise<void> {
    const from = this.#mustRun();
    const to = await this.#spawn({ isIncoming: true });
    try {
      await moveMemory(from.qmp, to.qmp, move, this.#options.accelerator === 'kvm' ? HELPS : []);
      if (this.#running !== from) throw new Error(`guest ${this.#options.vmid} was stopped`);
    } catch (error) {
      to.qmp.close();
      await to.process.kill();
      throw error;
    }
    this.#running = to;
    this.#endStreams(from);
    await from.process.kill();
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  #mustRun(): Running {
    if (!this.#running) throw new Error(`guest ${this.#options.vmid} is not running`);
    return this.#running;
  }

  async #launch(): Promise<void> {
    this.#running = await this.#spawn({});
  }

  async #spawn(incoming: { readonly isIncoming?: true }): Promise<Running> {
    const { name, image, memoryMib, accelerator, log, vmid } = this.#options;
    const program = this.#options.program ?? findQemu();
    if (!program) throw new Error('qemu-system-x86_64 is not installed');
    const { spice: identity } = this.#options;
    const spice = identity && { identity, tlsPort: await freeSpicePort() };
    const machine = {
      memoryMib: memoryMib ?? (spice ? SPICE_MEMORY_MIB : MEMORY_MIB),
      accelerator: accelerator ?? 'tcg',
    };
    const launch = { program, name, image, ...machine, spice, ...incoming } as const;
    const process = new QemuProcess(launch);
    try {
      const qmp = await this.#control(process);
      const running = { process, qmp, spicePort: spice?.tlsPort, streams: new Set<Socket>() };
      process.onEnd(() => this.#handleEnd(running));
      log?.(`guest ${vmid} ${incoming.isIncoming ? 'is expected' : 'runs'} in QEMU (${launch.accelerator})`);
      return running;
    } catch (error) {
      const words = process.lastWords;
      await process.kill();
      throw words === '' ? error : new Error(`QEMU did not start: ${words}`, { cause: error });
    }
  }

  /** QMP comes last of the sockets, so once it answers all are there. */
  async #control(process: QemuProcess): Promise<QmpClient> {
    const untilMs = this.#clock.nowMs() + SOCKETS_MS;
    while (true) {
      try {
        return await QmpClient.connect(process.path('qmp'), () => undefined);
      } catch (error) {
        if (process.hasEnded || this.#clock.nowMs() > untilMs) throw error;
        await new Promise<void>((resolve) => this.#clock.timer(POLL_MS, resolve));
      }
    }
  }

  #connect(path: string): Promise<Socket> {
    const { streams } = this.#mustRun();
    return new Promise((resolve, reject) => {
      const socket = createConnection({ path, allowHalfOpen: false });
      streams.add(socket);
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
      socket.once('close', () => streams.delete(socket));
    });
  }

  #endStreams({ qmp, streams }: Running): void {
    qmp.close();
    for (const socket of streams) socket.end();
    this.#serial = undefined;
  }

  #handleEnd(running: Running): void {
    if (this.#running !== running) return; // it had moved, or never came
    this.#running = undefined;
    this.#endStreams(running);
    if (this.#isStopping) return;
    const { lastWords } = running.process;
    this.#options.log?.(`guest ${this.#options.vmid} ended${lastWords === '' ? '' : `: ${lastWords}`}`);
    for (const listener of this.#exitListeners) listener();
  }
}
