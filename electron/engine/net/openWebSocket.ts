import { createHash, randomBytes } from 'node:crypto';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import { formatAddress, type HostPort } from './address.ts';
import { connectTcp, connectTls, CONNECT_TIMEOUT_MS } from './connector.ts';
import { LentWindow } from './lentWindow.ts';
import { Handover, type Receiver } from './handover.ts';
import { HeadCollector, type HttpHead, headerLine, notHttp, statusOf } from './httpHead.ts';
import { abortedError } from './netErrors.ts';
import type { Transport } from './transport.ts';
import type { HttpProxy } from './proxy.ts';
import type { Trust } from './trust.ts';
import { refusedUpgrade } from './upgradeError.ts';
import { WebSocketDuplex, type WebSocketOptions } from './webSocketDuplex.ts';

const MAX_SILENCE_MS = 3_000; // pveproxy ends a connection that asks for nothing after 5 s (facts 11, no. 1)
const UPGRADE_TIMEOUT_MS = 10_000; // pveproxy never answers where the console's port is dead (PVE wire facts 3.2)
const MAX_REQUEST_BYTES = 8 << 10; // pveproxy answers nothing to a longer head (facts 11, no. 6)
const MAX_REFUSAL_BYTES = 64 << 10;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const PROTOCOL = 'binary'; // offered alone: pveproxy echoes a list verbatim (facts 3.2)

export interface UpgradeOptions extends Pick<WebSocketOptions, 'masking' | 'maxFrameBytes' | 'isAbruptEndNormal'> {
  /** Origin-form: starts with a slash, encoded. May hold a ticket, so it is in no message. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the answer to the upgrade. */
  readonly upgradeTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface OpenWebSocketOptions extends Omit<UpgradeOptions, 'path'> {
  readonly address: HostPort;
  /** As for the upgrade; the connection is opened meanwhile where it is still to come. */
  readonly path: string | Promise<string>;
  /** Absent: without TLS. */
  readonly trust?: Trust | undefined;
  readonly via?: HttpProxy | undefined;
  readonly window?: FlowWindow | undefined;
  readonly timeoutMs?: number | undefined;
  readonly label?: string | undefined;
}

/**
 * Opens a WebSocket with the one subprotocol `binary`. Fails as the connector does, and with `timeout` when the upgrade
 * is never answered, `forbidden` (401, 403), `server` (5xx) or `protocol`; `detail.status` is the answer's.
 */
export async function openWebSocket(options: OpenWebSocketOptions): Promise<WebSocketDuplex> {
  const { address, trust, via, signal, window, clock = systemClock, label } = options;
  const timeoutMs = options.timeoutMs ?? CONNECT_TIMEOUT_MS;
  const common = { ...address, via, signal, clock, label, timeoutMs };
  const connect = (onto = window) =>
    trust ? connectTls({ ...common, window: onto, trust }) : connectTcp({ ...common, window: onto });
  const { transport, path } = await connectForPath(connect, options.path, window, clock);
  const scheme = trust ? 'https' : 'http';
  return upgrade(transport, { ...options, path, host: formatAddress(address), scheme });
}

/** Round trips of connecting and of getting to know the path at the same time. */
async function connectForPath(
  connect: (window?: FlowWindow) => Promise<Transport>,
  wanted: string | Promise<string>,
  window: FlowWindow | undefined,
  clock: Clock,
): Promise<{ transport: Transport; path: string }> {
  if (typeof wanted === 'string') return { transport: await connect(), path: wanted };
  const sinceMs = clock.nowMs();
  const lent = window && new LentWindow(window);
  const [connected, known] = await Promise.allSettled([connect(lent), wanted]);
  const isStale = clock.nowMs() - sinceMs > MAX_SILENCE_MS;
  if (isStale && lent) lent.isNeededAgain = known.status === 'fulfilled';
  if (connected.status === 'fulfilled' && (isStale || known.status === 'rejected')) connected.value.dispose();
  if (known.status === 'rejected') throw AppError.from(known.reason);
  if (isStale) return { transport: await connect(), path: known.value };
  if (connected.status === 'rejected') throw AppError.from(connected.reason);
  return { transport: connected.value, path: known.value };
}

/** Asks whoever is at the other end of a transport for a WebSocket. On failure the transport is disposed. */
export function upgrade(
  transport: Transport,
  options: UpgradeOptions & { readonly host: string; readonly scheme: 'http' | 'https' },
): Promise<WebSocketDuplex> {
  const key = randomBytes(16).toString('base64');
  let request: string;
  try {
    request = requestText(options, key);
  } catch (error) {
    transport.dispose();
    return Promise.reject(AppError.from(error));
  }
  return new Promise((resolve, reject) => new Upgrade(transport, options, key, { resolve, reject }).start(request));
}

function requestText(options: UpgradeOptions & { host: string; scheme: string }, key: string): string {
  const own = {
    Host: options.host,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': PROTOCOL,
    Origin: `${options.scheme}://${options.host}`,
  };
  if (!/^\/[!-~]*$/.test(options.path)) throw new AppError('invalid', 'The path is not encoded. Encode it first.');
  const fields = Object.entries({ ...own, ...options.headers }).map(([name, value]) => headerLine(name, value));
  const text = `GET ${options.path} HTTP/1.1\r\n${fields.join('')}\r\n`;
  if (text.length >= MAX_REQUEST_BYTES) throw new AppError('limit', 'The request is too long for the server.');
  return text;
}

export function acceptKeyOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

interface Outcome {
  resolve(duplex: WebSocketDuplex): void;
  reject(error: AppError): void;
}

/** One upgrade: collects the answer's head, then hands the transport to the WebSocket, or fails. */
class Upgrade implements Receiver {
  readonly #transport: Transport;
  readonly #options: UpgradeOptions;
  readonly #key: string;
  readonly #outcome: Outcome;
  readonly #collector: HeadCollector;
  readonly #timer: { dispose(): void };
  readonly #handover: Handover;
  #refusal: { head: HttpHead; body: Buffer } | undefined;
  #isOver = false;

  constructor(transport: Transport, options: UpgradeOptions, key: string, outcome: Outcome) {
    this.#transport = transport;
    this.#options = options;
    this.#key = key;
    this.#outcome = outcome;
    this.#collector = new HeadCollector(transport.label);
    this.#handover = new Handover(transport, this);
    const timeoutMs = options.upgradeTimeoutMs ?? UPGRADE_TIMEOUT_MS;
    const clock = options.clock ?? systemClock;
    this.#timer = clock.timer(timeoutMs, () => this.#handleTimeout(timeoutMs));
  }

  start(request: string): void {
    const transport = this.#transport;
    const { signal } = this.#options;
    if (signal?.aborted) return this.#handleAbort();
    signal?.addEventListener('abort', this.#handleAbort, { once: true });
    transport.start();
    transport.write(Buffer.from(request, 'latin1'));
  }

  readonly #handleAbort = (): void => this.#fail(abortedError(this.#transport.label));

  handleData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#refusal) return this.#collectRefusal(this.#refusal, chunk);
    try {
      this.#collectHead(chunk);
    } catch (error) {
      this.#fail(AppError.from(error));
    }
  }

  #collectHead(chunk: Uint8Array): void {
    const found = this.#collector.push(chunk);
    if (!found) {
      if (this.#collector.isGarbage) throw notHttp(this.#transport.label);
      this.#transport.consumed(chunk.length);
      return;
    }
    const { head, usedBytes } = found;
    this.#transport.consumed(usedBytes);
    const rest = chunk.subarray(usedBytes);
    if (statusOf(head)?.status === 101) return this.#accept(head, rest);
    this.#refusal = { head, body: Buffer.alloc(0) };
    this.#collectRefusal(this.#refusal, rest);
  }

  #accept(head: HttpHead, rest: Uint8Array): void {
    const isOurs = head.fields.get('sec-websocket-accept') === acceptKeyOf(this.#key);
    const protocol = head.fields.get('sec-websocket-protocol');
    const isUpgrade = head.fields.get('upgrade')?.toLowerCase() === 'websocket';
    const isPlain = !head.fields.get('sec-websocket-extensions');
    if (!isOurs || !isUpgrade || !isPlain || (protocol !== undefined && protocol !== PROTOCOL)) {
      const message = `${this.#transport.label} answered the WebSocket request wrongly. Check what is in between.`;
      throw new AppError('protocol', message);
    }
    const { masking, maxFrameBytes, isAbruptEndNormal, clock } = this.#options;
    const webSocket = new WebSocketDuplex(this.#transport, this.#transport.label, {
      role: 'client',
      ...(masking && { masking }),
      ...(maxFrameBytes && { maxFrameBytes }),
      ...(isAbruptEndNormal !== undefined && { isAbruptEndNormal }),
      ...(clock && { clock }),
    });
    this.#leave();
    this.#handover.receiver = webSocket;
    if (rest.length > 0) webSocket.handleData(rest);
    this.#outcome.resolve(webSocket);
  }

  /** What the server says in place of a 101: its words are worth waiting for, up to the time limit. */
  #collectRefusal(refusal: { head: HttpHead; body: Buffer }, chunk: Uint8Array): void {
    this.#transport.consumed(chunk.length);
    const room = MAX_REFUSAL_BYTES - refusal.body.length;
    refusal.body = Buffer.concat([refusal.body, chunk.subarray(0, Math.max(0, room))]);
    const length = Number(refusal.head.fields.get('content-length') ?? Infinity);
    if (refusal.body.length >= Math.min(length, MAX_REFUSAL_BYTES)) this.#refuse();
  }

  #refuse(): void {
    const refusal = this.#refusal;
    const status = refusal && statusOf(refusal.head);
    if (!refusal || !status) return this.#fail(notHttp(this.#transport.label));
    this.#fail(refusedUpgrade(this.#transport.label, status, refusal.body));
  }

  handleEnd(): void {
    if (this.#refusal) this.#refuse();
    else this.#fail(this.#cut());
  }

  handleClose(reason: CloseReason): void {
    this.#fail(reason.kind === 'failed' ? reason.error : this.#cut());
  }

  #cut(): AppError {
    const message = `${this.#transport.label} closed the connection without an answer. Try again.`;
    return new AppError('reset', message, { retry: 'later' });
  }

  #handleTimeout(timeoutMs: number): void {
    if (this.#refusal) return this.#refuse();
    const message =
      `${this.#transport.label} took the connection and did not answer within ${timeoutMs / 1000} s. ` +
      'What it leads to is probably gone. Try again.';
    this.#fail(new AppError('timeout', message, { retry: 'later' }));
  }

  #fail(error: AppError): void {
    if (this.#isOver) return;
    this.#leave();
    this.#transport.dispose();
    this.#outcome.reject(error);
  }

  #leave(): void {
    this.#isOver = true;
    this.#timer.dispose();
    this.#options.signal?.removeEventListener('abort', this.#handleAbort);
  }
}
