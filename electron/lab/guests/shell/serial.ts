import type { Duplex } from 'node:stream';

import type { Disposable } from '../../../../shared/base/lifecycle.ts';
import type { Machine } from './program.ts';
import { Shell } from './shell.ts';

export interface SerialOptions extends Machine {
  powerOff(): void;
}

/** A guest's serial line with a shell behind it. */
export interface Serial extends Disposable {
  open(): Duplex;
  resize(cols: number, rows: number): void;
}

export function createSerial(options: SerialOptions): Serial {
  return new Shell(options, () => options.powerOff());
}
