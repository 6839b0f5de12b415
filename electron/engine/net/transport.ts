import { AppError } from '../../../shared/base/errors.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';

/** Told of what shows whether a peer lives. */
export interface DuplexWatcher {
  /** Something came from the peer. */
  heard(): void;
  /** Something goes to the peer, pings included. */
  sent(): void;
  /** Our own reading stopped, so that silence means nothing from now on, or goes on. */
  paused(): void;
  resumed(): void;
  /** It is closed; told before `onClose`. */
  closed(): void;
}

/** A duplex of this folder: a protocol can be laid on it, and it can be found dead from outside. */
export interface Transport extends ByteDuplex {
  /** Ends it now like `dispose`, with this as the reason. */
  fail(error: AppError): void;
  /** Between the two, writes are gathered and go out as one: a frame's header and its payload. */
  cork(): void;
  uncork(): void;
  /** Sets the one watcher. */
  watch(watcher: DuplexWatcher): void;
  /** Written and not handed to the system yet. */
  readonly queuedBytes: number;
  /** The peer reads nothing, so that nothing of ours reaches it, and yet its system answers. */
  readonly isPeerStalled: boolean;
}

export function alreadySet(label: string, what: string): AppError {
  return new AppError('internal', `${label} has its ${what} listener already.`);
}
