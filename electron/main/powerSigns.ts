import type { Disposable } from '../../shared/base/lifecycle.ts';
import type { EngineWork } from '../../shared/wire/hostMessages.ts';

/** What is used of Electron's `powerMonitor`. */
export interface SleepEvents {
  on(event: 'suspend' | 'resume', listener: () => void): unknown;
  off(event: 'suspend' | 'resume', listener: () => void): unknown;
}

/** What is used of Electron's `powerSaveBlocker`. */
export interface SleepBlocker {
  start(type: 'prevent-app-suspension'): number;
  stop(id: number): unknown;
}

export interface PowerSignsOptions {
  readonly events: SleepEvents;
  readonly blocker: SleepBlocker;
  /** The machine falls asleep or has woken up. */
  readonly onSleep: (isAsleep: boolean) => void;
}

/** Between the machine's power and our work: it stays awake for it, where the person wants that, and no longer. */
export class PowerSigns implements Disposable {
  readonly #options: PowerSignsOptions;
  readonly #suspend: () => void;
  readonly #resume: () => void;
  #blockerId: number | undefined;

  constructor(options: PowerSignsOptions) {
    this.#options = options;
    this.#suspend = () => options.onSleep(true);
    this.#resume = () => options.onSleep(false);
    options.events.on('suspend', this.#suspend);
    options.events.on('resume', this.#resume);
  }

  /** The screen may go dark; only the machine stays awake. */
  follow(work: EngineWork | undefined): void {
    const isWanted = work !== undefined && work.running > 0 && work.keepsAwake;
    if (isWanted) this.#blockerId ??= this.#options.blocker.start('prevent-app-suspension');
    else this.#release();
  }

  dispose(): void {
    this.#options.events.off('suspend', this.#suspend);
    this.#options.events.off('resume', this.#resume);
    this.#release();
  }

  #release(): void {
    if (this.#blockerId !== undefined) this.#options.blocker.stop(this.#blockerId);
    this.#blockerId = undefined;
  }
}
