import { type ChildProcess, spawn } from 'node:child_process';

import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ProgramSearch } from '../deps.ts';
import type { FoundViewer } from './findViewers.ts';
import { PrivateFile } from './privateFile.ts';

/** What a viewer has to know. `file` holds the secrets and travels by standard input or a private file. */
export interface ViewerOrder {
  readonly args: (file: string) => readonly string[];
  readonly file?: { readonly name: string; readonly content: Uint8Array | string } | undefined;
  /** The file is written to standard input, and `-` stands for it. */
  readonly isStdin: boolean;
}

// Ours, and of no use or harmful to other programs.
const notTheirs = /^(ELECTRON_|NODE_OPTIONS$|CHROME_DESKTOP$|SLUICE_)/;

/** A viewer that we started. */
export class ViewerProcess implements Disposable {
  readonly #onExit = new Emitter<number | undefined>();
  readonly #name: string;
  #child: ChildProcess | undefined;
  #file: PrivateFile | undefined;
  /** With its exit code; undefined where it was killed. Fires once. */
  readonly onExit = this.#onExit.event;

  constructor({ program }: FoundViewer) {
    this.#name = program.name;
  }

  /** Fails with `unsupported` where the program cannot be started. */
  start({ path }: FoundViewer, order: ViewerOrder, { env }: ProgramSearch): Promise<void> {
    const { file, isStdin } = order;
    if (file && !isStdin) this.#file = new PrivateFile(file.name, file.content);
    const child = spawn(path, order.args(this.#file?.path ?? '-'), {
      env: Object.fromEntries(Object.entries(env).filter(([name]) => !notTheirs.test(name))),
      stdio: [isStdin ? 'pipe' : 'ignore', 'ignore', 'ignore'],
      windowsHide: false,
    });
    this.#child = child;
    child.stdin?.on('error', () => {}); // it may end without reading: its exit tells
    if (isStdin) child.stdin?.end(file?.content);
    return new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.#handleEnd(undefined);
        const message = `${this.#name} could not be started (${error.code ?? 'unknown'}). Install it again.`;
        reject(new AppError('unsupported', message, { cause: error }));
      });
      child.once('exit', (code) => this.#handleEnd(code ?? undefined));
    });
  }

  /** It has read what was for it. */
  forgetFile(): void {
    this.#file?.dispose();
  }

  /** Ends the program. */
  dispose(): void {
    this.#file?.dispose();
    this.#child?.kill();
  }

  #handleEnd(code: number | undefined): void {
    this.#file?.dispose();
    this.#child = undefined;
    this.#onExit.fire(code);
    this.#onExit.dispose();
  }
}
