import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { State } from '../../../shared/base/state.ts';
import { Rate } from '../../../shared/flow/rate.ts';
import type { Transfer, TransferState } from '../../../shared/model/transfer.ts';
import type { KeptRequest, MadeToken, TransferRecord } from './transferRecord.ts';
import { actionsOf, isFinal, transferMoves } from './transferStates.ts';

/** Without `undefined`: an absent field is one that is not there. */
type Patch = { readonly [K in keyof Transfer]?: Transfer[K] | undefined };

export interface EntryListeners {
  /** Something that is kept changed. */
  changed(entry: TransferEntry): void;
  /** Only how far it is. */
  moved(entry: TransferEntry): void;
}

/** One transfer: its state, what is known of it, and the run it is in. */
export class TransferEntry {
  request: KeptRequest;
  draftPath: string | undefined;
  madeToken: MadeToken | undefined;
  readonly #clock: Clock;
  readonly #listeners: EntryListeners;
  readonly #state: State<TransferState>;
  #transfer: Transfer;
  #rate: Rate;
  #run: AbortController | undefined;
  /** Asked for its part that only lives now, such as a bridge's meters. */
  live: (() => Partial<Transfer>) | undefined;

  constructor(record: TransferRecord, clock: Clock, listeners: EntryListeners) {
    this.#transfer = record.transfer;
    this.request = record.request;
    this.draftPath = record.draftPath;
    this.madeToken = record.madeToken;
    this.#clock = clock;
    this.#listeners = listeners;
    this.#state = new State(record.transfer.state, transferMoves);
    this.#rate = new Rate(clock);
  }

  get id(): string {
    return this.#transfer.id;
  }

  get state(): TransferState {
    return this.#state.current;
  }

  get transfer(): Transfer {
    return this.#transfer;
  }

  get isFinal(): boolean {
    return isFinal(this.state);
  }

  get record(): TransferRecord {
    const { request, draftPath, madeToken } = this;
    return {
      transfer: { ...this.#transfer, state: this.state },
      request,
      ...(draftPath !== undefined && { draftPath }),
      ...(madeToken && { madeToken }),
    };
  }

  /** As a page is told. */
  describe(): Transfer {
    const { doneBytes, totalBytes } = this.#transfer;
    const known = { ...this.#transfer, ...this.live?.(), state: this.state };
    // As long as there is a token to be removed, it is not to be forgotten.
    const answers = known.lockedKey ? 'unlock' : 'answer';
    const actions = actionsOf(known.kind, this.state)
      .map((action) => (action === 'answer' ? answers : action))
      .filter((action) => action !== 'remove' || !this.madeToken);
    if (this.state !== 'running' && this.state !== 'preparing') return { ...known, actions };
    const bytesPerSecond = this.#rate.bytesPerSecond;
    const left = totalBytes === undefined ? undefined : totalBytes - doneBytes;
    const etaSeconds = left === undefined || bytesPerSecond < 1 ? undefined : Math.max(0, left / bytesPerSecond);
    return { ...known, actions, bytesPerSecond, ...(etaSeconds !== undefined && { etaSeconds }) };
  }

  /** Throws where the table of states does not allow it. */
  move(state: TransferState, patch: Patch = {}): void {
    this.#state.move(state);
    this.#transfer = apply({ ...this.#transfer, state }, { phase: undefined, ...this.#timesOf(state), ...patch });
    this.#listeners.changed(this);
  }

  patch(patch: Patch): void {
    this.#transfer = apply(this.#transfer, patch);
    this.#listeners.changed(this);
  }

  /** For people; not kept. */
  say(phase: string | undefined): void {
    if (this.#transfer.phase === phase) return;
    this.#transfer = apply(this.#transfer, { phase });
    this.#listeners.moved(this);
  }

  /** That many more are there. */
  add(bytes: number): void {
    this.#rate.add(bytes);
    this.#transfer = { ...this.#transfer, doneBytes: this.#transfer.doneBytes + bytes };
    this.#listeners.moved(this);
  }

  /** That many are there without having been moved now: no part of the rate. */
  place(bytes: number): void {
    this.#transfer = { ...this.#transfer, doneBytes: this.#transfer.doneBytes + bytes };
    this.#listeners.moved(this);
  }

  /** What only lives now is another. */
  touch(): void {
    this.#listeners.moved(this);
  }

  /** It begins to count anew. */
  rewind(): void {
    this.#rate = new Rate(this.#clock);
    this.#transfer = { ...this.#transfer, doneBytes: 0 };
    this.#listeners.moved(this);
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Begins a run; what it does ends with the signal. */
  begin(): AbortSignal {
    this.#run = new AbortController();
    return this.#run.signal;
  }

  /** Ends the run that is under way. Whoever calls it has said in the state why. */
  stop(): void {
    this.#run?.abort(new AppError('aborted', 'The transfer was stopped.'));
    this.#run = undefined;
  }

  /** The run of this signal is over. */
  end(signal: AbortSignal): void {
    if (this.#run?.signal === signal) this.#run = undefined;
  }

  #timesOf(state: TransferState): Patch {
    const nowMs = this.#clock.wallMs();
    if (isFinal(state)) return { endedAtMs: nowMs };
    return state === 'running' && this.#transfer.startedAtMs === undefined ? { startedAtMs: nowMs } : {};
  }
}

function apply(transfer: Transfer, patch: Patch): Transfer {
  const next: Record<string, unknown> = { ...transfer };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) delete next[key];
    else next[key] = value;
  }
  return next as Transfer;
}
