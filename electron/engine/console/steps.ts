import type { Clock } from '../../../shared/base/clock.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import type { ConsolePhase, ConsoleStatus } from '../../../shared/model/console.ts';

/** The steps of opening a console, each with its time, told whenever one begins or ends. */
export class Steps {
  readonly #clock: Clock;
  readonly #channel: number;
  readonly #tell: (status: ConsoleStatus) => void;
  #steps: ConsoleStatus['steps'] = [];
  #sinceMs = 0;
  #node = '';

  constructor(clock: Clock, channel: number, tell: (status: ConsoleStatus) => void) {
    this.#clock = clock;
    this.#channel = channel;
    this.#tell = tell;
  }

  setNode(node: string): void {
    this.#node = node;
  }

  /** A phase that was there already is done anew, and what followed it is gone. */
  begin(phase: ConsolePhase): void {
    this.#finish();
    const again = this.#steps.findIndex((step) => step.phase === phase);
    if (again >= 0) this.#steps = this.#steps.slice(0, again);
    this.#sinceMs = this.#clock.nowMs();
    this.#steps = [...this.#steps, { phase, startedAtMs: this.#clock.wallMs() }];
    this.#send();
  }

  /** The last phase is reached: the stream flows. */
  open(): void {
    this.begin('open');
  }

  fail(error: AppError): void {
    this.#finish(error);
    this.#send();
  }

  #finish(error?: AppError): void {
    const last = this.#steps.at(-1);
    if (!last || last.tookMs !== undefined) return;
    const tookMs = this.#clock.nowMs() - this.#sinceMs;
    this.#steps = [...this.#steps.slice(0, -1), { ...last, tookMs, ...(error && { error: error.toInfo() }) }];
  }

  #send(): void {
    this.#tell({ channel: this.#channel, node: this.#node, steps: [...this.#steps] });
  }
}
