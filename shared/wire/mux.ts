import { type Clock, systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { Emitter } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { CloseReason } from '../flow/duplex.ts';
import { Heartbeat } from '../flow/heartbeat.ts';
import { linkLost } from './basicLink.ts';
import { type ChannelPort, type ChannelTerms, MuxChannel } from './channel.ts';
import {
  creditFrame,
  creditOf,
  dataFrame,
  emptyFrame,
  type FrameType,
  frameType,
  headerBytes,
  jsonFrame,
  jsonOf,
  numberOf,
  payloadOf,
  typeOf,
} from './frame.ts';
import { usualHeartbeatMs } from './linkTerms.ts';
import type { Link } from './link.ts';
import { closeMessage, fromCloseMessage, parse, toCloseMessage } from './messages.ts';

const maxViolations = 100; // a peer that breaks the rules that often is not ours

/** Frames that are not a channel's own business. `frame` holds JSON. */
export type MessageHandler = (type: FrameType, number: number, frame: Uint8Array) => void;

export interface MuxOptions {
  readonly clock?: Clock | undefined;
  readonly handleMessage: MessageHandler;
  /** Something came that the protocol does not allow; it was answered or dropped. For the log. */
  readonly onViolation?: ((error: AppError) => void) | undefined;
}

/** Many channels and the messages beside them over one link. Both peers stand on it. */
export class Mux implements ChannelPort {
  readonly clock: Clock;
  readonly maxDataBytes: number;
  readonly #link: Link;
  readonly #options: MuxOptions;
  readonly #channels = new Map<number, MuxChannel>();
  readonly #heartbeat: Heartbeat;
  readonly #closed = new Emitter<CloseReason>();
  readonly #late = new Emitter<boolean>();
  #lastNumber = 0;
  #violations = 0;
  #reason: CloseReason | undefined;
  #linkReason: CloseReason | undefined;

  constructor(link: Link, options: MuxOptions) {
    this.#link = link;
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.maxDataBytes = link.maxFrameBytes - headerBytes;
    this.#heartbeat = new Heartbeat({
      intervalMs: usualHeartbeatMs,
      patienceMs: usualHeartbeatMs,
      clock: this.clock,
      ping: () => link.send(emptyFrame(frameType.ping, 0)),
      onPulse: (pulse) => {
        if (pulse === 'dead') this.close(linkLost());
        else this.#late.fire(pulse === 'late');
      },
    });
  }

  get onLate(): (listener: (isLate: boolean) => void) => Disposable {
    return this.#late.event;
  }

  /** How often a silent link shows life. Verdicts about the other side keep their time. */
  setHeartbeat(ms: number): void {
    this.#heartbeat.setInterval(ms);
  }

  /** Asks the other side for life now; the link ends where none shows in time. */
  check(withinMs: number): void {
    this.#heartbeat.check(withinMs);
  }

  /** For how long nothing has gone either way. */
  get quietMs(): number {
    return this.#heartbeat.quietMs;
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  /** The highest channel number seen or given. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  start(): void {
    this.#link.onFrame((frame) => this.#handleFrame(frame));
    this.#link.onClose((reason) => this.#finish(this.#linkReason ?? reason));
    this.#heartbeat.start();
    this.#link.start();
  }

  onClose(listener: (reason: CloseReason) => void): Disposable {
    return this.#closed.event(listener);
  }

  /** Closes the link; the reason is told on this side. */
  close(reason: CloseReason = { kind: 'closed' }): void {
    this.#linkReason ??= reason;
    this.#link.close();
  }

  get isClosed(): boolean {
    return this.#reason !== undefined || this.#linkReason !== undefined;
  }

  /** Takes up a channel. Where the link is gone, it is closed soon after. */
  addChannel(terms: ChannelTerms): MuxChannel {
    const channel = new MuxChannel(this, terms);
    this.#lastNumber = Math.max(this.#lastNumber, terms.number);
    if (this.#reason) channel.handleLost(lostReason(this.#reason));
    else this.#channels.set(terms.number, channel);
    return channel;
  }

  channel(number: number): MuxChannel | undefined {
    return this.#channels.get(number);
  }

  /** Sends JSON and returns the frame's size. Throws `limit` where it is larger than the link takes. */
  sendJson(type: FrameType, number: number, value: unknown): number {
    const frame = jsonFrame(type, number, value);
    if (frame.length > this.#link.maxFrameBytes) {
      throw new AppError('limit', `A message of ${frame.length} bytes is larger than the link takes.`);
    }
    this.#sendFrame(frame);
    return frame.length;
  }

  sendEmpty(type: FrameType, number: number): void {
    this.#sendFrame(emptyFrame(type, number));
  }

  sendData(number: number, chunk: Uint8Array): void {
    this.#sendFrame(dataFrame(number, chunk));
  }

  sendCredit(number: number, bytes: number): void {
    this.#sendFrame(creditFrame(number, bytes));
  }

  sendEnd(number: number): void {
    this.#sendFrame(emptyFrame(frameType.end, number));
  }

  sendClose(number: number, reason: CloseReason): void {
    this.#sendFrame(jsonFrame(frameType.close, number, toCloseMessage(reason)));
  }

  retire(number: number): void {
    this.#channels.delete(number);
  }

  /** Counts a broken rule; too many of them end the link. */
  handleViolation(error: AppError): void {
    this.#options.onViolation?.(error);
    this.#violations += 1;
    if (this.#violations > maxViolations) this.close({ kind: 'failed', error });
  }

  #sendFrame(frame: Uint8Array): void {
    this.#heartbeat.sent();
    this.#link.send(frame);
  }

  #handleFrame(frame: Uint8Array): void {
    if (this.isClosed) return;
    const type = typeOf(frame);
    if (type === undefined) return this.handleViolation(new AppError('protocol', 'Something came that is no frame.'));
    if (type === frameType.pong) return this.#heartbeat.answered();
    this.#heartbeat.heard();
    if (type === frameType.ping) return this.sendEmpty(frameType.pong, numberOf(frame));
    try {
      this.#route(type, numberOf(frame), frame);
    } catch (error) {
      this.handleViolation(AppError.from(error));
    }
  }

  #route(type: FrameType, number: number, frame: Uint8Array): void {
    if (type < frameType.data || type > frameType.close) return this.#options.handleMessage(type, number, frame);
    const channel = this.#channels.get(number);
    if (channel) return this.#routeToChannel(channel, type, frame);
    if (number === 0 || number > this.#lastNumber)
      throw new AppError('protocol', 'A channel was named that never was.');
    // Retired on this side; the other side did not know when it sent this.
  }

  #routeToChannel(channel: MuxChannel, type: FrameType, frame: Uint8Array): void {
    try {
      if (type === frameType.data) channel.handleData(payloadOf(frame));
      else if (type === frameType.credit) channel.handleCredit(creditOf(frame));
      else if (type === frameType.end) channel.handleEnd();
      else channel.handleClose(fromCloseMessage(parse(closeMessage, jsonOf(frame), 'The reason of a close')));
    } catch (error) {
      const failure = AppError.from(error);
      channel.fail(failure);
      throw failure;
    }
  }

  #finish(reason: CloseReason): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#heartbeat.dispose();
    const lost = lostReason(reason);
    for (const channel of [...this.#channels.values()]) channel.handleLost(lost);
    this.#closed.fire(reason);
    this.#closed.dispose();
    this.#late.dispose();
  }
}

/** How a channel, or a call under way, ends with its link. */
export function lostReason(reason: CloseReason): CloseReason {
  return reason.kind === 'ended' ? linkLost() : reason;
}
