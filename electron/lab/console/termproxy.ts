import { Duplex } from 'node:stream';

import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { LabQuirks } from '../quirks.ts';
import { TerminalInput } from './terminalInput.ts';

const MAX_LINE_BYTES = 4096;
const FIRST_COLS = 80;
const FIRST_ROWS = 20;

export interface TermproxyDeps {
  readonly clock: Clock;
  readonly quirks: LabQuirks;
  /** Is this the user and ticket it was started for? */
  accepts(user: string, ticket: string): boolean;
  openSerial(): Promise<Duplex>;
  resize(cols: number, rows: number): void;
  /** Printed before the guest's own output. */
  readonly banner: string;
  /** How the worker's task ends: nothing when all went well. */
  onEnd(error: string | undefined): void;
}

/**
 * The helper between proxy and terminal (PVE wire facts 4): reads `user:ticket\n` first, answers `OK`, then relays.
 * Whatever goes wrong before, it goes away without a word.
 */
export class Termproxy extends Duplex {
  readonly #deps: TermproxyDeps;
  readonly #input: TerminalInput;
  #line: Buffer | undefined = Buffer.alloc(0);
  #serial: Duplex | undefined;
  #isRelaying = false;
  #patience: Disposable;
  #error: string | undefined;

  constructor(deps: TermproxyDeps) {
    super({ allowHalfOpen: false });
    this.#deps = deps;
    const sink = {
      write: (bytes: Buffer) => this.#serial?.write(bytes) ?? false,
      resize: (cols: number, rows: number) => deps.resize(cols, rows),
    };
    this.#input = new TerminalInput(sink, () => deps.quirks.lostHeaders);
    this.#patience = deps.clock.timer(deps.quirks.consoleWaitMs, () => this.#fail('failed reading ticket: timed out'));
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#line === undefined) {
      this.#input.push(chunk, done);
      return;
    }
    const rest = this.#readLine(chunk);
    if (rest !== undefined && rest.length > 0) this.#input.push(rest, done);
    else done();
  }

  override _read(): void {
    if (this.#isRelaying) this.#serial?.resume(); // before, its bytes would go to nobody
  }

  override _final(done: () => void): void {
    this.#serial?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#patience.dispose();
    this.#serial?.destroy();
    this.#deps.onEnd(this.#error);
    done(error);
  }

  #fail(error: string): void {
    this.#error = error;
    this.destroy();
  }

  /** What follows the ticket line, once that is complete. */
  #readLine(chunk: Buffer): Buffer | undefined {
    const line = Buffer.concat([this.#line ?? Buffer.alloc(0), chunk]);
    const end = line.indexOf(0x0a);
    if (end >= MAX_LINE_BYTES || (end < 0 && line.length >= MAX_LINE_BYTES)) {
      this.#fail('failed reading ticket: line too long');
      return undefined;
    }
    this.#line = end < 0 ? line : undefined;
    if (end < 0) return undefined;
    this.#patience.dispose();
    const text = line.toString('utf8', 0, end);
    const colon = text.indexOf(':');
    if (colon < 0 || !this.#deps.accepts(text.slice(0, colon), text.slice(colon + 1))) {
      this.#fail('authentication request failed');
      return undefined;
    }
    void this.#open();
    return line.subarray(end + 1);
  }

  async #open(): Promise<void> {
    try {
      const serial = await this.#deps.openSerial();
      if (this.destroyed) serial.destroy();
      else this.#join(serial);
    } catch (error) {
      this.push(`OK${error instanceof Error ? error.message : String(error)}\r\n`);
      this.push(null); // as `qm terminal` does: the reason is terminal text
    }
  }

  #join(serial: Duplex): void {
    this.#serial = serial;
    serial.on('error', () => this.destroy());
    serial.on('close', () => this.push(null));
    this.#deps.resize(FIRST_COLS, FIRST_ROWS);
    this.#sayOk(() => this.#relay(serial));
  }

  #relay(serial: Duplex): void {
    this.#isRelaying = true;
    serial.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) serial.pause();
    });
    serial.on('drain', () => this.#input.handleDrain());
    serial.on('end', () => this.push(null));
    this.#input.handleDrain();
  }

  /** `then` once all of it is out: nothing may come between the two letters. */
  #sayOk(then: () => void): void {
    const { banner, clock, quirks } = this.#deps;
    const pieces = { glued: [`OK${banner}`], alone: ['OK', banner], split: ['O', `K${banner}`] };
    const [first = '', second = ''] = pieces[quirks.okDelivery];
    this.push(first);
    if (second === '') return then();
    clock.timer(20, () => {
      if (this.destroyed) return;
      this.push(second);
      then();
    });
  }
}
