import type { Clock } from '../../../../shared/base/clock.ts';
import type { FileTree } from './fileTree.ts';

/** Thrown out of a program's waits when Ctrl-C came. */
export class Interrupted extends Error {}

export interface Machine {
  readonly hostname: string;
  readonly memoryMib: number;
  readonly startedAtMs: number;
  readonly clock: Clock;
}

/** What a program of the shell may do. Every wait ends with `Interrupted` when the person presses Ctrl-C. */
export interface ProgramIo {
  readonly machine: Machine;
  readonly files: FileTree;
  readonly cols: number;
  readonly rows: number;
  readonly history: readonly string[];
  cwd: string;
  /** Text with `\n` line ends. */
  print(text: string): Promise<void>;
  /** Bytes as they are; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  sleep(ms: number): Promise<void>;
  /** Waits for a key at most `ms`; undefined when none came. */
  key(ms: number): Promise<string | undefined>;
  /** Text that is written when the program has ended, however it ended. */
  atEnd(text: string): void;
  exit(): void;
  powerOff(): void;
}

export type Program = (io: ProgramIo, args: readonly string[]) => Promise<void>;
