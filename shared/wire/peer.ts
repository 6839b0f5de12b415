// The two faces of a link, as the rest of the program sees them. `enginePeer.ts` and `pagePeer.ts` make them.
import type { Disposable } from '../base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../flow/duplex.ts';
import type { ChannelKind, ChannelParams, EventData, EventName, MethodName, Params, Result } from './contract.ts';

/** One open stream of a link. Its number is the same on both sides and is never used again on that link. */
export interface Channel extends ByteDuplex {
  readonly number: number;
}

/** What the page holds. */
export interface PagePeer {
  /** Rejects with an AppError: the engine's, or `link-lost`, `aborted`, `protocol`. */
  call<M extends MethodName>(method: M, params: Params<M>, options?: { signal?: AbortSignal }): Promise<Result<M>>;
  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): Disposable;
  /** Number of the last change that came and was listened to; 0 before the first. With it a next link resumes. */
  readonly sequence: number;
  /** How often it shows life while nothing goes over the link, as the engine said in its hello. */
  setHeartbeat(ms: number): void;
  /** Asks the engine for life now; the link ends where none shows in time. */
  check(withinMs: number): void;
  /** For how long nothing has gone either way. */
  readonly quietMs: number;
  /** Opens at once; a refusal arrives as the channel's close. Born paused. */
  open<K extends ChannelKind>(kind: K, params: ChannelParams<K>): Channel;
  /** true: the engine has been silent for longer than it should; false: it is back. Its end is `onClose`. */
  onLate(listener: (isLate: boolean) => void): Disposable;
  onClose(listener: (reason: CloseReason) => void): Disposable;
  close(): void;
}

export type MethodHandlers = {
  readonly [M in MethodName]: (params: Params<M>, context: { signal: AbortSignal }) => Promise<Result<M>> | Result<M>;
};

export type ChannelHandlers = {
  readonly [K in ChannelKind]: (params: ChannelParams<K>, channel: Channel) => void;
};

/** What the engine holds, one a link. */
export interface EnginePeer {
  /** Checked against the contract before it is sent. `sequence`: where a page may resume from; 0, the default: not. */
  emit<E extends EventName>(event: E, data: EventData<E>, sequence?: number): void;
  setHeartbeat(ms: number): void;
  onClose(listener: (reason: CloseReason) => void): Disposable;
  close(): void;
}
