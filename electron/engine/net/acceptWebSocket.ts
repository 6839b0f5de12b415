import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Handover, type Receiver } from './handover.ts';
import { HeadCollector, type HttpHead } from './httpHead.ts';
import { acceptKeyOf } from './openWebSocket.ts';
import type { Transport } from './transport.ts';
import { WebSocketDuplex } from './webSocketDuplex.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const REFUSAL_MS = 1_000;

/** What a client asks for, before anything was answered. */
export interface UpgradeRequest {
  readonly path: string;
  readonly head: HttpHead;
}

/** Why not, in HTTP's words. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export interface AcceptOptions {
  /** Decides about a request that is well-formed. Nothing is opened unless it returns `undefined`. */
  readonly authorize: (request: UpgradeRequest) => Refusal | undefined;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Waits for a client's upgrade on an accepted connection. Whoever says something else, nothing, or what is not
 * authorized gets an answer and is closed, and the promise fails with `protocol`, `timeout`, `forbidden` or `reset`.
 */
export function acceptWebSocket(transport: Transport, options: AcceptOptions): Promise<WebSocketDuplex> {
  return new Promise((resolve, reject) => new Acceptance(transport, options, { resolve, reject }).start());
}

interface Outcome {
  resolve(duplex: WebSocketDuplex): void;
  reject(error: AppError): void;
}

class Acceptance implements Receiver {
  readonly #transport: Transport;
  readonly #options: AcceptOptions;
  readonly #outcome: Outcome;
  readonly #collector: HeadCollector;
  readonly #timer: { dispose(): void };
  readonly #handover: Handover;
  #isOver = false;

  constructor(transport: Transport, options: AcceptOptions, outcome: Outcome) {
    this.#transport = transport;
    this.#options = options;
    this.#outcome = outcome;
    this.#collector = new HeadCollector(transport.label);
    this.#handover = new Handover(transport, this);
    const { clock = systemClock, timeoutMs = REQUEST_TIMEOUT_MS } = options;
    this.#timer = clock.timer(timeoutMs, () => this.#refuse({ status: 408, reason: 'Request Timeout' }, 'timeout'));
  }

  start(): void {
    this.#transport.start();
  }

  handleData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    try {
      const found = this.#collector.push(chunk);
      this.#transport.consumed(found ? found.usedBytes : chunk.length);
      if (found) this.#answer(found.head, chunk.subarray(found.usedBytes));
    } catch {
      this.#refuse({ status: 400, reason: 'Bad Request' }, 'protocol'); // why it is no HTTP is of no use to anybody
    }
  }

  #answer(head: HttpHead, rest: Uint8Array): void {
    const path = /^GET (\/[!-~]*) HTTP\/1\.1$/.exec(head.firstLine)?.[1];
    const key = head.fields.get('sec-websocket-key');
    const isUpgrade = head.fields.get('upgrade')?.toLowerCase() === 'websocket';
    if (path === undefined) return this.#refuse({ status: 405, reason: 'Method Not Allowed' }, 'protocol');
    if (!isUpgrade || key === undefined || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
      return this.#refuse({ status: 426, reason: 'Upgrade Required' }, 'protocol');
    }
    if (head.fields.get('sec-websocket-version') !== '13') {
      return this.#refuse({ status: 426, reason: 'Upgrade Required' }, 'protocol');
    }
    const refusal = this.#options.authorize({ path, head });
    if (refusal) return this.#refuse(refusal, 'forbidden');
    this.#open(key, offersBinary(head), rest);
  }

  #open(key: string, isBinary: boolean, rest: Uint8Array): void {
    this.#leave();
    const lines = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptKeyOf(key)}`,
      ...(isBinary ? ['Sec-WebSocket-Protocol: binary'] : []),
    ];
    this.#transport.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
    const { clock } = this.#options;
    const how = { role: 'server', ...(clock && { clock }) } as const;
    const webSocket = new WebSocketDuplex(this.#transport, this.#transport.label, how);
    this.#handover.receiver = webSocket;
    if (rest.length > 0) webSocket.handleData(rest);
    this.#outcome.resolve(webSocket);
  }

  #refuse({ status, reason }: Refusal, code: 'protocol' | 'timeout' | 'forbidden'): void {
    if (this.#isOver) return;
    this.#leave();
    const upgrade = status === 426 ? 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' : '';
    const text = `HTTP/1.1 ${status} ${reason}\r\n${upgrade}Content-Length: 0\r\nConnection: close\r\n\r\n`;
    this.#transport.write(Buffer.from(text));
    this.#transport.close(REFUSAL_MS);
    const message = `A connection to ${this.#transport.label} was refused (${status} ${reason}).`;
    this.#outcome.reject(new AppError(code, message, { detail: { status } }));
  }

  handleEnd(): void {
    this.#refuse({ status: 400, reason: 'Bad Request' }, 'protocol');
  }

  handleClose(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#outcome.reject(new AppError('reset', `A connection to ${this.#transport.label} broke off before it opened.`));
  }

  #leave(): void {
    this.#isOver = true;
    this.#timer.dispose();
  }
}

function offersBinary(head: HttpHead): boolean {
  const offered = head.fields.get('sec-websocket-protocol') ?? '';
  return offered.split(',').some((name) => name.trim() === 'binary');
}
