import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { Emitter } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import type { CloseReason } from '../flow/duplex.ts';
import { type ChannelKind, type ChannelParams, channels, type EventData, type EventName, events } from './contract.ts';
import { type FrameType, frameType, jsonOf } from './frame.ts';
import type { Link } from './link.ts';
import { eventMessage, parse } from './messages.ts';
import { type MessageHandler, Mux } from './mux.ts';
import type { Channel, PagePeer } from './peer.ts';
import { CallClient } from './rpc.ts';

const receivedBatchBytes = 64 << 10;

export interface PagePeerOptions {
  /** A message of the engine broke the protocol; it was dropped. For the log. */
  readonly onViolation?: (error: AppError) => void;
}

/** The page's end of a link. Starts it. */
export function createPagePeer(link: Link, clock?: Clock, options: PagePeerOptions = {}): PagePeer {
  return new PageEnd(link, clock, options);
}

class PageEnd implements PagePeer {
  readonly #emitters = new Map<EventName, Emitter<unknown>>();
  readonly #mux: Mux;
  readonly #calls: CallClient;
  #receivedBytes = 0;
  #lastNumber = 0;
  #sequence = 0;

  constructor(link: Link, clock: Clock | undefined, options: PagePeerOptions) {
    const handleMessage: MessageHandler = (type, number, frame) => this.#handleMessage(type, number, frame);
    this.#mux = new Mux(link, { clock, handleMessage, onViolation: options.onViolation });
    this.#calls = new CallClient(this.#mux);
    this.#mux.onClose(() => {
      this.#calls.handleLost();
      for (const emitter of this.#emitters.values()) emitter.dispose();
    });
    this.#mux.start();
  }

  get sequence(): number {
    return this.#sequence;
  }

  get quietMs(): number {
    return this.#mux.quietMs;
  }

  get onLate(): PagePeer['onLate'] {
    return this.#mux.onLate;
  }

  readonly call: PagePeer['call'] = (method, params, options) => this.#calls.call(method, params, options?.signal);

  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): Disposable {
    const emitter = this.#emitters.get(event) ?? new Emitter<unknown>();
    this.#emitters.set(event, emitter);
    return (emitter as Emitter<EventData<E>>).event(listener); // filled by #handleEvent after the event's own schema
  }

  setHeartbeat(ms: number): void {
    this.#mux.setHeartbeat(ms);
  }

  check(withinMs: number): void {
    this.#mux.check(withinMs);
  }

  open<K extends ChannelKind>(kind: K, params: ChannelParams<K>): Channel {
    const { creditDownBytes, creditUpBytes, params: schema } = channels[kind];
    const checked = schema.safeParse(params);
    if (!checked.success) throw new AppError('invalid', `A parameter of ${kind} is not accepted. Correct it.`);
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const terms = { sendCreditBytes: creditUpBytes, receiveCreditBytes: creditDownBytes };
    const channel = this.#mux.addChannel({ number, label: `${kind} ${number}`, ...terms });
    if (!this.#mux.isClosed) this.#mux.sendJson(frameType.open, number, { kind, params: checked.data });
    return channel;
  }

  onClose(listener: (reason: CloseReason) => void): Disposable {
    return this.#mux.onClose(listener);
  }

  close(): void {
    this.#mux.close();
  }

  #handleMessage(type: FrameType, number: number, frame: Uint8Array): void {
    try {
      if (type === frameType.result) this.#calls.handleResult(number, frame);
      else if (type === frameType.failure) this.#calls.handleFailure(number, frame);
      else if (type === frameType.event) this.#handleEvent(number, frame);
      else throw new AppError('protocol', 'The engine sent what only a page may send.');
    } finally {
      this.#countReceived(frame.length);
    }
  }

  #handleEvent(number: number, frame: Uint8Array): void {
    const message = parse(eventMessage, jsonOf(frame), 'An event');
    if (!isEvent(message.event)) throw new AppError('protocol', 'An event came that does not exist.');
    const data = parse(events[message.event], message.data, `The event ${message.event}`);
    this.#emitters.get(message.event)?.fire(data);
    if (number > 0) this.#sequence = number;
  }

  #countReceived(bytes: number): void {
    this.#receivedBytes += bytes;
    if (this.#receivedBytes < receivedBatchBytes) return;
    this.#mux.sendEmpty(frameType.received, this.#receivedBytes);
    this.#receivedBytes = 0;
  }
}

function isEvent(name: string): name is EventName {
  return Object.hasOwn(events, name);
}
