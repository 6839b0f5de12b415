import type { Clock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { type Moves, State } from '../../../shared/base/state.ts';
import { compareVersions } from '../../../shared/base/version.ts';
import type { UpdateAction, UpdatePhase, UpdateState } from '../../../shared/wire/shellUpdate.ts';

const FIRST_CHECK_MS = 60_000; // a start is busy enough
const CHECK_MS = 4 * 3600_000;

/** What a source of updates offers. */
export interface Offer {
  readonly version: string;
  /** False: it goes out in steps, and this computer's turn has not come. */
  readonly isOurTurn: boolean;
  /** Why it must not be installed, whatever its version. */
  readonly problem?: string | undefined;
}

/** Where updates come from and who installs them. Errors are sentences for people. */
export interface UpdateSource {
  check(): Promise<Offer | undefined>;
  /** Resolves when what was offered last is here and was verified. Rejects when the signal aborts. */
  download(onProgress: (fraction: number, bytesPerSecond: number) => void, signal: AbortSignal): Promise<void>;
  /** Whether what was fetched is installed when the program ends. */
  installOnQuit(isWanted: boolean): void;
  /**
   * Installs what was fetched, starts it and ends the program. Rejects where it can't be installed; what can be found out
   * before `prepareToEnd` was called leaves the program as it is.
   */
  installNow(prepareToEnd: () => Promise<void>): Promise<void>;
}

export interface UpdateFlowOptions {
  readonly clock: Clock;
  /** Of this program. */
  readonly version: string;
  readonly installs: UpdateState['installs'];
  /** Loaded with the first check. */
  readonly open: () => Promise<UpdateSource>;
  /** Why there are no updates at all, if there are none; no choice of a person changes it. */
  readonly off?: string | undefined;
  /** Asked before an install that the person wants now; false where something runs and they let it. */
  readonly mayEndNow: () => Promise<boolean>;
  /** Ends what the new one could stumble over. */
  readonly prepareToEnd: () => Promise<void>;
}

type Kind = UpdatePhase['kind'];

const found: readonly Kind[] = ['current', 'waiting', 'refused', 'available', 'failed'];
const moves: Moves<Kind> = {
  idle: ['checking'],
  off: [],
  checking: found,
  current: ['checking'],
  waiting: ['checking'],
  refused: ['checking'],
  failed: ['checking'],
  available: ['checking', 'downloading'],
  downloading: ['downloading', 'available', 'ready', 'failed', 'refused'],
  ready: ['failed'],
};

/**
 * From looking for a newer version to installing it. Nothing older is ever taken, nothing is installed while the program
 * runs unless the person says so, and a version in steps is waited for.
 */
export class UpdateFlow implements Disposable {
  readonly #options: UpdateFlowOptions;
  readonly #state: State<Kind>;
  readonly #changed = new Emitter<UpdateState>();
  #phase: UpdatePhase;
  #choice: 'install' | 'tell' | 'off' = 'off';
  #source: Promise<UpdateSource> | undefined;
  #download: AbortController | undefined;
  #timer: Disposable | undefined;
  #isDisposed = false;

  readonly onChanged = this.#changed.event;

  constructor(options: UpdateFlowOptions) {
    this.#options = options;
    this.#phase = options.off === undefined ? { kind: 'idle' } : { kind: 'off', reason: options.off };
    this.#state = new State<Kind>(this.#phase.kind, moves);
  }

  get state(): UpdateState {
    return { installs: this.#options.installs, phase: this.#phase };
  }

  /** What the person or the machine's policy wants done without being asked. */
  choose(choice: 'install' | 'tell' | 'off'): void {
    const before = this.#choice;
    this.#choice = choice;
    if (before === choice || this.#state.isFinal) return;
    if (this.#state.is('ready')) void this.#source?.then((source) => source.installOnQuit(choice !== 'off'));
    if (choice === 'off') this.#timer?.dispose();
    else if (before === 'off') this.#checkLater(FIRST_CHECK_MS);
    if (choice === 'install' && this.#state.is('available')) void this.#fetch();
  }

  /** What the person asks for. What does not fit the moment does nothing. */
  async act(action: UpdateAction): Promise<void> {
    if (action === 'check') await this.#check();
    else if (action === 'download') await this.#fetch();
    else if (action === 'cancel') this.#download?.abort();
    else await this.#install();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
    this.#download?.abort();
    this.#changed.dispose();
  }

  #checkLater(ms: number): void {
    this.#timer?.dispose();
    if (this.#isDisposed || this.#choice === 'off') return;
    this.#timer = this.#options.clock.timer(ms, () => {
      this.#checkLater(CHECK_MS);
      void this.#check();
    });
  }

  async #check(): Promise<void> {
    if (!this.#move({ kind: 'checking' })) return;
    this.#checkLater(CHECK_MS);
    try {
      const offer = await (await this.#open()).check();
      this.#move(this.#judge(offer));
    } catch (error) {
      this.#move({ kind: 'failed', reason: sentenceOf(error) });
    }
    if (this.#state.is('available') && this.#choice === 'install') await this.#fetch();
  }

  #judge(offer: Offer | undefined): UpdatePhase {
    const current: UpdatePhase = { kind: 'current', checkedAtMs: this.#options.clock.wallMs() };
    if (!offer) return current;
    const own = this.#options.version;
    const { version, isOurTurn, problem } = offer;
    const age = compareVersions(version, own);
    if (age === undefined)
      return { kind: 'refused', version, reason: 'What is offered names no version. Nothing was fetched.' };
    if (age === 0) return current;
    if (problem !== undefined) return { kind: 'refused', version, reason: problem };
    if (age < 0) {
      const reason = `Version ${version} is offered, which is older than this ${own}. An older one is never installed.`;
      return { kind: 'refused', version, reason };
    }
    return { kind: isOurTurn ? 'available' : 'waiting', version };
  }

  async #fetch(): Promise<void> {
    const phase = this.#phase;
    if (phase.kind !== 'available' || this.#options.installs !== 'self') return;
    const { version } = phase;
    const download = new AbortController();
    this.#download = download;
    this.#move({ kind: 'downloading', version, fraction: 0, bytesPerSecond: 0 });
    try {
      const source = await this.#open();
      await source.download((fraction, bytesPerSecond) => {
        this.#move({ kind: 'downloading', version, fraction: Math.min(1, Math.max(0, fraction)), bytesPerSecond });
      }, download.signal);
      source.installOnQuit(true);
      this.#move({ kind: 'ready', version });
    } catch (error) {
      if (download.signal.aborted) this.#move({ kind: 'available', version });
      else this.#move({ kind: 'failed', reason: sentenceOf(error) });
    } finally {
      this.#download = undefined;
    }
  }

  async #install(): Promise<void> {
    if (!this.#state.is('ready') || !(await this.#options.mayEndNow())) return;
    try {
      await (await this.#open()).installNow(this.#options.prepareToEnd);
    } catch (error) {
      this.#move({ kind: 'failed', reason: sentenceOf(error) });
    }
  }

  #open(): Promise<UpdateSource> {
    this.#source ??= this.#options.open();
    return this.#source;
  }

  #move(phase: UpdatePhase): boolean {
    if (this.#isDisposed || !this.#state.tryMove(phase.kind)) return false;
    this.#phase = phase;
    this.#changed.fire(this.state);
    return true;
  }
}

function sentenceOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.slice(0, 500);
}
