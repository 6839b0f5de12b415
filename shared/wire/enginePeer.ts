import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { CloseReason } from '../flow/duplex.ts';
import { type ChannelKind, type ChannelParams, channels, type EventData, type EventName, events } from './contract.ts';
import { type FrameType, frameType, jsonOf } from './frame.ts';
import type { Link } from './link.ts';
import { openMessage, parse } from './messages.ts';
import { Mux } from './mux.ts';
import type { ChannelHandlers, EnginePeer, MethodHandlers } from './peer.ts';
import { CallServer } from './rpc.ts';

const maxChannels = 256; // open at once on one link
const maxUnreceivedBytes = 32 << 20; // of events and answers: two full inventories of the largest size

export interface EnginePeerOptions {
  /** A message of the page broke the protocol; it was answered or dropped. For the log. */
  readonly onViolation?: (error: AppError) => void;
}

export interface EngineHandlers {
  readonly methods: MethodHandlers;
  readonly channels: ChannelHandlers;
}

/** The engine's end of a link. Starts it: handlers are called from now on. */
export function createEnginePeer(
  link: Link,
  handlers: EngineHandlers,
  clock?: Clock,
  options: EnginePeerOptions = {},
): EnginePeer {
  return new EngineEnd(link, handlers, clock, options);
}

class EngineEnd implements EnginePeer {
  readonly #mux: Mux;
  readonly #calls: CallServer;
  readonly #handlers: ChannelHandlers;
  #unreceivedBytes = 0;

  constructor(link: Link, handlers: EngineHandlers, clock: Clock | undefined, options: EnginePeerOptions) {
    this.#handlers = handlers.channels;
    this.#mux = new Mux(link, {
      clock,
      handleMessage: (type, number, frame) => this.#handleMessage(type, number, frame),
      onViolation: options.onViolation,
    });
    this.#calls = new CallServer(this.#mux, handlers.methods, (bytes) => this.#countSent(bytes));
    this.#mux.onClose(() => this.#calls.handleLost());
    this.#mux.start();
  }

  emit<E extends EventName>(event: E, data: EventData<E>, sequence = 0): void {
    const checked = events[event].safeParse(data);
    if (!checked.success) throw new AppError('internal', `The event ${event} was not as agreed.`);
    if (this.#mux.isClosed) return;
    this.#countSent(this.#mux.sendJson(frameType.event, sequence, { event, data: checked.data }));
  }

  setHeartbeat(ms: number): void {
    this.#mux.setHeartbeat(ms);
  }

  onClose(listener: (reason: CloseReason) => void): Disposable {
    return this.#mux.onClose(listener);
  }

  close(): void {
    this.#mux.close();
  }

  /** A page that takes nothing any more gets no more: it comes back with a new link and is told everything anew. */
  #countSent(bytes: number): void {
    this.#unreceivedBytes += bytes;
    if (this.#unreceivedBytes <= maxUnreceivedBytes) return;
    this.#mux.close({ kind: 'failed', error: new AppError('limit', 'The page stopped taking events. Reload it.') });
  }

  #handleMessage(type: FrameType, number: number, frame: Uint8Array): void {
    if (type === frameType.call) this.#calls.handleCall(number, frame);
    else if (type === frameType.cancel) this.#calls.handleCancel(number);
    else if (type === frameType.open) this.#handleOpen(number, frame);
    else if (type === frameType.received) this.#handleReceived(number);
    else throw new AppError('protocol', 'The page sent what only the engine may send.');
  }

  #handleReceived(bytes: number): void {
    if (bytes > this.#unreceivedBytes) throw new AppError('protocol', 'The page received more than was sent.');
    this.#unreceivedBytes -= bytes;
  }

  #handleOpen(number: number, frame: Uint8Array): void {
    if (number <= this.#mux.lastNumber) throw new AppError('protocol', 'A channel number was used twice.');
    try {
      if (this.#mux.channelCount >= maxChannels) throw new AppError('limit', 'Too many channels are open. Close some.');
      const { kind, params } = parse(openMessage, jsonOf(frame), 'The opening of a channel');
      if (!isKind(kind)) throw new AppError('protocol', 'A channel was asked for that does not exist.');
      const checked = parse(channels[kind].params, params, `A parameter of ${kind}`) as ChannelParams<typeof kind>;
      this.#open(kind, number, checked);
    } catch (error) {
      this.#refuse(number, AppError.from(error));
    }
  }

  #open<K extends ChannelKind>(kind: K, number: number, params: ChannelParams<K>): void {
    const { creditDownBytes, creditUpBytes } = channels[kind];
    const terms = { sendCreditBytes: creditDownBytes, receiveCreditBytes: creditUpBytes };
    this.#handlers[kind](params, this.#mux.addChannel({ number, label: `${kind} ${number}`, ...terms }));
  }

  /** The channel's close tells the page why. */
  #refuse(number: number, error: AppError): void {
    const terms = { sendCreditBytes: 1, receiveCreditBytes: 1 };
    const isTaken = this.#mux.lastNumber >= number;
    const channel = isTaken ? this.#mux.channel(number) : this.#mux.addChannel({ number, label: 'refused', ...terms });
    channel?.fail(error);
    if (error.code === 'protocol' || error.code === 'internal') throw error;
  }
}

function isKind(name: string): name is ChannelKind {
  return Object.hasOwn(channels, name);
}
