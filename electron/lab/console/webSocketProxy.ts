import type { Duplex } from 'node:stream';

import type { LabQuirks } from '../quirks.ts';
import { readClientFrame, serverFrameHead } from './frames.ts';

const FIRST_READ_BYTES = 2048;
const MAX_READ_BYTES = 131_072;
const HIGH_BYTES = 1 << 16; // with backpressure on: what may wait in one direction before reading stops; Ctrl-C waits for it
const EMPTY = Buffer.alloc(0);

/** What a test may want to know of one proxied console. */
export interface ProxyMeter {
  readonly path: string;
  bytesToClient: number;
  bytesToBackend: number;
  pings: number;
  /** The rule a client broke; the connection is a zombie from then on. */
  violation: string | undefined;
  isOpen: boolean;
}

/**
 * Joins a client's WebSocket with a backend, with all the rough edges of pveproxy (PVE wire facts 3.5): a violation
 * leaves a zombie, no close frame is ever sent, frame sizes follow read sizes.
 */
export class WebSocketProxy {
  readonly #client: Duplex;
  readonly #backend: Duplex;
  readonly #quirks: LabQuirks;
  readonly #meter: ProxyMeter;
  #input: Buffer = EMPTY;
  #readBytes = FIRST_READ_BYTES;
  #isEnded = false;

  constructor(client: Duplex, backend: Duplex, quirks: LabQuirks, meter: ProxyMeter) {
    this.#client = client;
    this.#backend = backend;
    this.#quirks = quirks;
    this.#meter = meter;
    meter.isOpen = true;
  }

  start(early: Buffer): void {
    const client = this.#client;
    const backend = this.#backend;
    client.on('data', (chunk: Buffer) => this.#handleClientData(chunk));
    client.on('end', () => this.#endAll());
    client.on('error', () => this.#endAll());
    client.on('close', () => this.#endAll());
    client.on('drain', () => backend.resume());
    backend.on('data', (chunk: Buffer) => this.#handleBackendData(chunk));
    backend.on('drain', () => client.resume());
    backend.on('end', () => this.#handleBackendEnd());
    backend.on('error', () => this.#handleBackendEnd());
    backend.on('close', () => this.#handleBackendEnd());
    if (early.length > 0) this.#handleClientData(early);
    client.resume();
  }

  /** Cuts both ends now, as when the guest moves away or the worker dies. */
  cut(): void {
    this.#endAll();
  }

  #handleClientData(chunk: Buffer): void {
    if (this.#meter.violation !== undefined) return; // stuck behind the offending bytes, for ever
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    for (let step = readClientFrame(this.#input); !this.#isEnded; step = readClientFrame(this.#input)) {
      if (step.kind === 'more') return;
      if (step.kind === 'violation') {
        this.#meter.violation = step.rule;
        this.#input = EMPTY;
        return;
      }
      this.#input = this.#input.subarray(step.usedBytes);
      if (step.frame.kind === 'data') this.#toBackend(step.frame.payload);
      else if (step.frame.kind === 'ping') this.#answerPing(step.frame.payload);
      else if (step.frame.kind === 'close') this.#handleClientClose();
    }
  }

  #toBackend(payload: Buffer): void {
    this.#meter.bytesToBackend += payload.length;
    this.#backend.write(payload);
    const isFull = this.#backend.writableLength > HIGH_BYTES;
    if (isFull && this.#quirks.webSocketBuffer === 'backpressure') this.#client.pause();
  }

  #answerPing(payload: Buffer): void {
    this.#meter.pings += 1;
    this.#toClient(10, payload);
  }

  /** Head and payload leave in one TLS record where they fit. */
  #toClient(opcode: 2 | 10, payload: Buffer): void {
    this.#client.cork();
    this.#client.write(serverFrameHead(opcode, payload.length));
    this.#client.write(payload);
    this.#client.uncork();
  }

  #handleBackendData(chunk: Buffer): void {
    for (let offset = 0; offset < chunk.length; ) {
      const limit = this.#quirks.frameRamp ? this.#readBytes : MAX_READ_BYTES;
      const piece = chunk.subarray(offset, offset + limit);
      offset += piece.length;
      if (piece.length === limit) this.#readBytes = Math.min(this.#readBytes * 2, MAX_READ_BYTES);
      this.#meter.bytesToClient += piece.length;
      this.#toClient(2, piece);
    }
    const isFull = this.#client.writableLength > HIGH_BYTES;
    if (isFull && this.#quirks.webSocketBuffer === 'backpressure') this.#backend.pause();
  }

  /** A close frame is answered by none: the backend is half-closed, then the connection ends. */
  #handleClientClose(): void {
    this.#finish();
    this.#backend.end();
    this.#client.end();
  }

  #handleBackendEnd(): void {
    if (this.#isEnded) return;
    this.#finish();
    this.#backend.destroy();
    if (this.#quirks.truncateAtEof) this.#client.destroy();
    else this.#client.end();
  }

  #endAll(): void {
    if (!this.#isEnded) this.#finish();
    this.#client.destroy();
    this.#backend.destroy();
  }

  #finish(): void {
    this.#isEnded = true;
    this.#meter.isOpen = false;
    this.#input = EMPTY;
  }
}
