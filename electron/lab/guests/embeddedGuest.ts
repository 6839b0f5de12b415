import type { Duplex } from 'node:stream';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import type { GuestBackend } from '../guestBackend.ts';
import { Desktop } from './desktop/desktop.ts';
import { duplexPair } from './duplexPair.ts';
import { encodePpm } from './ppm.ts';
import { RfbServer } from './rfb/rfbServer.ts';
import { createSerial, type Serial } from './shell/serial.ts';

export interface EmbeddedGuestOptions {
  readonly vmid: number;
  readonly name: string;
  /** The machine it runs on, for showing. Asked again each time: it moves. */
  readonly node?: string | (() => string | undefined);
  readonly memoryMib?: number;
  readonly width?: number;
  readonly height?: number;
  readonly clock?: Clock;
}

const WIDTH = 1024;
const HEIGHT = 768;
const MEMORY_MIB = 4096;

/**
 * A guest drawn and played in this process: a desktop over RFB and a shell on its serial line. It costs nothing until
 * someone looks, and keeps what was typed until it is stopped.
 */
export function createEmbeddedGuest(options: EmbeddedGuestOptions): GuestBackend {
  return new EmbeddedGuest(options);
}

class EmbeddedGuest implements GuestBackend {
  readonly kind = 'embedded';
  readonly #options: EmbeddedGuestOptions;
  readonly #clock: Clock;
  readonly #exitListeners: (() => void)[] = [];
  #isRunning = false;
  #startedAtMs = 0;
  #desktop: Desktop | undefined;
  #server: RfbServer | undefined;
  #serial: Serial | undefined;

  constructor(options: EmbeddedGuestOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  start(): Promise<void> {
    if (!this.#isRunning) this.#startedAtMs = this.#clock.wallMs();
    this.#isRunning = true;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  onExit(listener: () => void): void {
    this.#exitListeners.push(listener);
  }

  async openScreen(password: string): Promise<Duplex> {
    const { server } = this.#screen();
    const [ours, theirs] = duplexPair();
    server.accept(ours, password);
    return theirs;
  }

  async openSerial(): Promise<Duplex> {
    this.#mustRun();
    this.#serial ??= createSerial({
      hostname: this.#options.name,
      memoryMib: this.#options.memoryMib ?? MEMORY_MIB,
      startedAtMs: this.#startedAtMs,
      clock: this.#clock,
      powerOff: () => this.#powerOff(),
    });
    return this.#serial.open();
  }

  resizeSerial(cols: number, rows: number): void {
    this.#serial?.resize(cols, rows);
  }

  async screendump(): Promise<Uint8Array> {
    const { desktop } = this.#screen();
    desktop.refresh();
    return encodePpm(desktop.canvas);
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  #mustRun(): void {
    if (!this.#isRunning) throw new Error(`guest ${this.#options.vmid} is not running`);
  }

  #screen(): { desktop: Desktop; server: RfbServer } {
    this.#mustRun();
    const { name, memoryMib, width, height } = this.#options;
    const detail = () => this.#detail();
    this.#desktop ??= new Desktop(
      {
        name,
        get detail() {
          return detail();
        },
        memoryMib: memoryMib ?? MEMORY_MIB,
        width: width ?? WIDTH,
        height: height ?? HEIGHT,
      },
      this.#clock,
    );
    this.#server ??= new RfbServer(this.#desktop, this.#clock);
    return { desktop: this.#desktop, server: this.#server };
  }

  #detail(): string {
    const { vmid, node } = this.#options;
    const name = typeof node === 'function' ? node() : node;
    return name ? `${vmid} on ${name}` : String(vmid);
  }

  /** `poweroff` in the shell. */
  #powerOff(): void {
    this.#end();
    for (const listener of this.#exitListeners) listener();
  }

  #end(): void {
    this.#isRunning = false;
    this.#server?.dispose();
    this.#desktop?.dispose();
    this.#serial?.dispose();
    this.#server = undefined;
    this.#desktop = undefined;
    this.#serial = undefined;
  }
}
