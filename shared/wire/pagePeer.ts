import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { Emitter } from '../base/event.ts';
import { channels, type EventData, type EventName, events } from './contract.ts';
import { type FrameType, frameType, jsonOf } from './frame.ts';
import type { Link } from './link.ts';
import { eventMessage, parse } from './messages.ts';
import { Mux } from './mux.ts';
import type { PagePeer } from './peer.ts';
import { CallClient } from './rpc.ts';

const receivedBatchBytes = 64 << 10;

export interface PagePeerOptions {
  /** A message of the engine broke the protocol; it was dropped. For the log. */
  readonly onViolation?: (error: AppError) => void;
}

/** The page's end of a link. Starts it. */
export function createPagePeer(link: Link, clock?: Clock, options: PagePeerOptions = {}): PagePeer {
  const emitters = new Map<EventName, Emitter<unknown>>();
  const mux = new Mux(link, { clock, handleMessage, onViolation: options.onViolation });
  const calls = new CallClient(mux);
  let receivedBytes = 0;
  let lastNumber = 0;

  function handleMessage(type: FrameType, number: number, frame: Uint8Array): void {
    try {
      if (type === frameType.result) calls.handleResult(number, frame);
      else if (type === frameType.failure) calls.handleFailure(number, frame);
      else if (type === frameType.event) handleEvent(frame);
      else throw new AppError('protocol', 'The engine sent what only a page may send.');
    } finally {
      countReceived(frame.length);
    }
  }

  function handleEvent(frame: Uint8Array): void {
    const message = parse(eventMessage, jsonOf(frame), 'An event');
    if (!isEvent(message.event)) throw new AppError('protocol', 'An event came that does not exist.');
    const data = parse(events[message.event], message.data, `The event ${message.event}`);
    emitters.get(message.event)?.fire(data);
  }

  function countReceived(bytes: number): void {
    receivedBytes += bytes;
    if (receivedBytes < receivedBatchBytes) return;
    mux.sendEmpty(frameType.received, receivedBytes);
    receivedBytes = 0;
  }

  function emitterOf<E extends EventName>(event: E): Emitter<EventData<E>> {
    const emitter = emitters.get(event) ?? new Emitter<unknown>();
    emitters.set(event, emitter);
    return emitter as Emitter<EventData<E>>; // filled by handleEvent after the event's own schema
  }

  mux.onClose(() => {
    calls.handleLost();
    for (const emitter of emitters.values()) emitter.dispose();
  });
  mux.start();
  return {
    call: (method, params, callOptions) => calls.call(method, params, callOptions?.signal),
    on: (event, listener) => emitterOf(event).event(listener),
    open(kind, params) {
      const { creditDownBytes, creditUpBytes, params: schema } = channels[kind];
      const checked = schema.safeParse(params);
      if (!checked.success) throw new AppError('invalid', `A parameter of ${kind} is not accepted. Correct it.`);
      lastNumber += 1;
      const channel = mux.addChannel({
        number: lastNumber,
        label: `${kind} ${lastNumber}`,
        sendCreditBytes: creditUpBytes,
        receiveCreditBytes: creditDownBytes,
      });
      if (!mux.isClosed) mux.sendJson(frameType.open, lastNumber, { kind, params: checked.data });
      return channel;
    },
    onLate: mux.onLate,
    onClose: (listener) => mux.onClose(listener),
    close: () => mux.close(),
  };
}

function isEvent(name: string): name is EventName {
  return Object.hasOwn(events, name);
}
