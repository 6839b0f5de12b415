import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ProgramSearch } from '../deps.ts';
import type { FoundViewer } from './findViewers.ts';
import type { LoopbackDoor } from './loopbackDoor.ts';
import { type ViewerOrder, ViewerProcess } from './viewerProcess.ts';

/** One viewer from its start to its end: the program, and the door it comes in by. */
export class ViewerVisit implements Disposable {
  readonly #viewer: FoundViewer;
  readonly #door: LoopbackDoor;
  readonly #process: ViewerProcess;
  readonly #onEnd = new Emitter<void>();
  /** Door and program are over. */
  readonly onEnd = this.#onEnd.event;
  #isRunning = true;
  #isDoorOpen = true;

  constructor(viewer: FoundViewer, door: LoopbackDoor) {
    this.#viewer = viewer;
    this.#door = door;
    this.#process = new ViewerProcess(viewer);
  }

  /** Resolves when the viewer has its first connection. What it was handed is gone by then. */
  async begin(order: ViewerOrder, search: ProgramSearch, signal: AbortSignal): Promise<void> {
    const giveUp = new AbortController();
    const connected = this.#connected(AbortSignal.any([signal, giveUp.signal]));
    connected.catch(() => {}); // waited for below
    // Behind the listeners of `connected`: the program's end says more than the closed door that follows it.
    this.#process.onExit(() => this.#handleExit());
    this.#door.onClose(() => this.#handleDoorClosed());
    try {
      await this.#process.start(this.#viewer, order, search);
      await connected;
      this.#process.forgetFile();
    } catch (error) {
      giveUp.abort();
      this.dispose();
      throw error;
    }
  }

  /** Ends both. */
  dispose(): void {
    this.#door.dispose();
    this.#process.dispose();
  }

  #connected(signal: AbortSignal): Promise<void> {
    const { name, isLauncher } = this.#viewer.program;
    return new Promise((resolve, reject) => {
      this.#door.onOpened(() => resolve());
      this.#door.onFailure((error) => {
        // Anybody may knock; only what the cluster's side says is about our viewer.
        if (error.detail?.['step'] === 'proxy' || error.code === 'limit') reject(error);
      });
      this.#door.onClose(() => reject(notCome(name)));
      this.#process.onExit((code) => {
        if (code !== 0 || isLauncher !== true) reject(endedEarly(name, code));
      });
      const handleAbort = () => reject(new AppError('aborted', `Opening ${name} was given up.`));
      if (signal.aborted) handleAbort();
      else signal.addEventListener('abort', handleAbort, { once: true });
    });
  }

  #handleExit(): void {
    this.#isRunning = false;
    // Its connections end by themselves, with what is still on its way in them.
    if (this.#viewer.program.isLauncher !== true) this.#door.shut();
    this.#endWhereOver();
  }

  #handleDoorClosed(): void {
    this.#isDoorOpen = false;
    this.#process.forgetFile();
    this.#endWhereOver();
  }

  #endWhereOver(): void {
    if (this.#isRunning || this.#isDoorOpen) return;
    this.#onEnd.fire();
    this.#onEnd.dispose();
  }
}

function notCome(name: string): AppError {
  return new AppError('timeout', `${name} was started and did not connect in time. Close it, then try again.`, {
    retry: 'later',
  });
}

function endedEarly(name: string, code: number | undefined): AppError {
  const how = code === undefined ? 'was ended' : `ended with code ${code}`;
  return new AppError('closed', `${name} ${how} before it was connected. Start it by hand to see why.`, {
    retry: 'later',
  });
}
