import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { findProgram } from './command.ts';
import { createGuestFolder } from './guestFolder.ts';
import type { GuestImage } from './guestImage.ts';
import { type SpiceServer, spiceArguments, writeSpiceFiles } from './spiceServer.ts';

/** How a guest's processor is made: in hardware, or in software, which is always there. */
export type Accelerator = 'kvm' | 'tcg';

export interface QemuLaunch {
  readonly program: string;
  readonly name: string;
  readonly image: GuestImage;
  readonly memoryMib: number;
  readonly accelerator: Accelerator;
  /** Whether there are a screen, QMP and sockets; else only a serial line on standard output. */
  readonly isHeadless?: boolean;
  readonly spice?: SpiceServer | undefined;
  /** Does not boot: QMP's `migrate-incoming` says where it takes over a running guest from. */
  readonly isIncoming?: boolean;
}

const MAX_WORDS = 600;

/**
 * One QEMU with its sockets in a private folder. It ends with us, however we end: the kernel kills it with its parent
 * where `setpriv` is there, and leaving Node kills it anyway.
 */
export class QemuProcess {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly #atExit = () => this.#killNow();
  readonly #exitListeners: (() => void)[] = [];
  #words = '';
  #hasEnded = false;

  constructor(launch: QemuLaunch) {
    this.folder = createGuestFolder();
    if (launch.spice) writeSpiceFiles(this.folder, launch.spice.identity);
    const setpriv = findProgram('setpriv');
    const command = [
      ...(setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : []),
      launch.program,
      ...this.#arguments(launch),
    ];
    const [program = '', ...args] = command;
    this.child = spawn(program, args, {
      cwd: this.folder,
      stdio: ['ignore', launch.isHeadless ? 'pipe' : 'ignore', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-MAX_WORDS);
    });
    this.child.on('error', () => this.#ended());
    this.child.on('close', () => this.#ended());
    process.on('exit', this.#atExit);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What QEMU complained about. */
  get lastWords(): string {
    return this.#words.trim();
  }

  path(name: 'qmp' | 'vnc' | 'serial' | 'screen.ppm'): string {
    return join(this.folder, name);
  }

  onEnd(listener: () => void): void {
    if (this.#hasEnded) listener();
    else this.#exitListeners.push(listener);
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.onEnd(resolve);
      this.child.kill('SIGKILL');
    });
  }

  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    process.off('exit', this.#atExit);
    rmSync(this.folder, { recursive: true, force: true });
    for (const listener of this.#exitListeners) listener();
  }

  #killNow(): void {
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #arguments({ name, image, memoryMib, accelerator, isHeadless, spice, isIncoming }: QemuLaunch): string[] {
    const append = `console=tty0 console=ttyS0 quiet loglevel=2 panic=-1 mitigations=off no_timer_check sluice.name=${name.replace(/[^a-z0-9-]/gi, '').toLowerCase()}`;
    return [
      ...[
        '-accel',
        accelerator,
        '-name',
        name,
        '-m',
        String(memoryMib),
        '-nodefaults',
        '-no-user-config',
        '-no-reboot',
      ],
      ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', append],
      ...(isHeadless ? ['-display', 'none', '-serial', 'stdio'] : this.#consoles(spice ? 'virtio-vga' : 'VGA')),
      ...(spice ? spiceArguments(this.folder, spice) : []),
      ...(isIncoming ? ['-incoming', 'defer'] : []),
    ];
  }

  /**
   * As Proxmox VE starts a guest: VNC on a socket with a password set later, serial line and QMP on sockets. The screen
   * is small, so that its text can be read in part of a window.
   */
  #consoles(screen: 'VGA' | 'virtio-vga'): string[] {
    const socket = (name: 'serial' | 'qmp') => `${this.path(name)},server=on,wait=off`;
    return [
      ...['-device', `${screen},xres=800,yres=600`, '-vnc', `unix:${this.path('vnc')},password=on`],
      ...['-chardev', `socket,id=serial0,path=${socket('serial')}`, '-serial', 'chardev:serial0'],
      ...['-qmp', `unix:${socket('qmp')}`],
    ];
  }
}
