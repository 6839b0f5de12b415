import type { Duplex } from 'node:stream';

import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { LabQuirks } from '../quirks.ts';
import type { BodyReceiver, HttpApp, Outcome, RequestRecord } from './app.ts';
import { HeadParser, type RequestHead } from './headParser.ts';
import { encodeResponse, type LabResponse } from './response.ts';

const MAX_BODY_BYTES = 512 * 1024; // row 7
const MAX_WAITING_BYTES = 1 << 20; // what may pile up behind a request that is being worked on

export interface ConnectionDeps {
  readonly id: number;
  readonly app: HttpApp;
  readonly node: string;
  readonly quirks: LabQuirks;
  readonly clock: Clock;
  /** False while the server is shutting down: every answer closes. */
  mayKeepAlive(): boolean;
  record(record: RequestRecord): void;
  onClose(): void;
}

/**
 * head: reading a request line and headers. body: reading a counted body. busy: a handler works. stuck: a limit was
 * passed, input is ignored till the idle close. hung: never answered. closing: the last answer is on its way.
 */
type Phase = 'head' | 'body' | 'stream' | 'busy' | 'stuck' | 'hung' | 'closing' | 'gone';

/** One connection of the very literal HTTP/1 server of Proxmox VE (PVE wire facts 11 and 12). */
export class HttpConnection {
  readonly #socket: Duplex;
  readonly #deps: ConnectionDeps;
  readonly #gone = new AbortController();
  #phase: Phase = 'head';
  #buffer: Buffer = Buffer.alloc(0);
  #parser = new HeadParser();
  #head: RequestHead | undefined;
  #needBytes = 0;
  #onBody: ((body: Buffer) => Promise<Outcome>) | undefined;
  #receiver: BodyReceiver | undefined;
  #record: RequestRecord | undefined;
  #requests = 0;
  #idle: Disposable | undefined;
  #isPaused = false;

  constructor(socket: Duplex, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    socket.on('data', this.#handleData);
    socket.on('error', this.#handleGone);
    socket.on('close', this.#handleGone);
    this.#armIdle();
  }

  get id(): number {
    return this.#deps.id;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #handleData = (chunk: Buffer): void => {
    if (this.#phase === 'closing' || this.#phase === 'hung' || this.#phase === 'gone') return;
    if (this.#phase !== 'busy') this.#armIdle();
    if (this.#phase === 'stuck') return;
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    this.#advance();
  };

  readonly #handleGone = (): void => {
    if (this.#phase === 'gone') return;
    this.#leave();
    this.#receiver?.dispose();
    this.#gone.abort();
    this.#socket.destroy();
    this.#deps.onClose();
  };

  /** Stops being HTTP, whoever has the socket now. */
  #leave(): void {
    this.#phase = 'gone';
    this.#idle?.dispose();
    this.#buffer = Buffer.alloc(0);
    this.#socket.off('data', this.#handleData);
  }

  #armIdle(): void {
    this.#idle?.dispose();
    if (this.#phase === 'gone') return;
    this.#idle = this.#deps.clock.timer(this.#deps.quirks.idleCloseMs, () => this.#socket.destroy());
  }

  #advance(): void {
    while (this.#step());
    if (this.#phase === 'busy' && this.#buffer.length > MAX_WAITING_BYTES) this.#pause();
  }

  /** True: something was used up, try again. */
  #step(): boolean {
    if (this.#phase === 'head') return this.#stepHead();
    if (this.#phase === 'body') return this.#stepBody();
    if (this.#phase === 'stream') return this.#stepStream();
    return false;
  }

  #stepHead(): boolean {
    const lineEnd = this.#buffer.indexOf(0x0a);
    if (lineEnd < 0) {
      if (this.#parser.isTooLong(this.#buffer.length)) this.#phase = 'stuck';
      return false;
    }
    const line = this.#buffer.toString('latin1', 0, lineEnd).replace(/\r$/, '');
    this.#buffer = this.#buffer.subarray(lineEnd + 1);
    const step = this.#parser.handleLine(line);
    if (step.kind === 'stuck') this.#phase = 'stuck';
    if (step.kind === 'error') this.#refuse(step.status, step.reason);
    if (step.kind === 'head') this.#handleHead(step.head);
    return true;
  }

  #stepBody(): boolean {
    if (this.#buffer.length < this.#needBytes) return false;
    const body = this.#buffer.subarray(0, this.#needBytes);
    this.#buffer = this.#buffer.subarray(this.#needBytes);
    const handle = this.#onBody;
    if (handle !== undefined) this.#work(handle(body));
    return true;
  }

  #stepStream(): boolean {
    const receiver = this.#receiver;
    if (receiver === undefined) return false;
    if (this.#needBytes === 0) {
      this.#receiver = undefined;
      this.#work(receiver.end());
      return true;
    }
    if (this.#buffer.length === 0) return false;
    const piece = this.#buffer.subarray(0, this.#needBytes);
    this.#buffer = this.#buffer.subarray(piece.length);
    this.#needBytes -= piece.length;
    this.#pause();
    receiver.write(piece, (early) => {
      this.#resume();
      if (this.#phase !== 'stream') return;
      this.#armIdle();
      if (early === undefined) return this.#advance();
      this.#receiver = undefined;
      this.#work(early);
    });
    return false;
  }

  #handleHead(head: RequestHead): void {
    this.#requests += 1;
    this.#head = head;
    this.#startRecord(head);
    const length = head.headers.get('content-length');
    const coding = head.headers.get('transfer-encoding')?.toLowerCase();
    if (coding !== undefined) {
      return this.#refuse(
        501,
        coding === 'chunked' ? 'chunked transfer encoding not supported' : `Unknown transfer encoding '${coding}'`,
      );
    }
    const hasBody = length !== undefined && Number(length) > 0;
    if (hasBody && (head.method === 'GET' || head.method === 'DELETE')) {
      return this.#refuse(501, `Unexpected content for method '${head.method}'`);
    }
    this.#admit(head, hasBody ? Number(length) : 0);
  }

  #admit(head: RequestHead, length: number): void {
    const { app, clock, id, node } = this.#deps;
    const context = { connectionId: id, node, startedAtMs: clock.nowMs(), signal: this.#gone.signal };
    const admission = app.admit(head, context);
    this.#needBytes = length;
    if (this.#record !== undefined) this.#record.requestBytes += length;
    if (admission.kind === 'refuse') return this.#work(admission.outcome);
    if (admission.kind === 'stream') {
      this.#receiver = admission.receiver;
      this.#phase = 'stream';
      return;
    }
    if (length > MAX_BODY_BYTES) return this.#refuse(501, 'for data too large');
    this.#onBody = (body) => admission.handle(body);
    this.#phase = 'body';
  }

  #startRecord(head: RequestHead): void {
    const [path = '', ...query] = head.target.split('?');
    this.#record = {
      atMs: this.#deps.clock.wallMs(),
      connectionId: this.id,
      method: head.method,
      path,
      query: query.join('?').replace(/(vncticket=)[^&;]*/g, '$1…'),
      headers: head.headers,
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
    };
    this.#deps.record(this.#record);
  }

  #work(outcome: Promise<Outcome>): void {
    this.#phase = 'busy';
    this.#idle?.dispose();
    void outcome.then((result) => this.#handleOutcome(result));
  }

  async #handleOutcome(outcome: Outcome): Promise<void> {
    if (this.#phase === 'gone') return;
    if (outcome.kind === 'respond') return this.#send(outcome.response);
    if (outcome.kind === 'stall') {
      this.#phase = 'stuck';
      this.#armIdle();
      return;
    }
    if (outcome.kind === 'drop') return this.#handleGone();
    if (outcome.kind === 'hang') {
      this.#phase = 'hung';
      this.#resume(); // else the client's close would go unseen
      return;
    }
    const early = this.#buffer;
    if (this.#record !== undefined) this.#record.status = 101;
    this.#leave();
    this.#socket.pause();
    outcome.take(this.#socket, early);
  }

  #refuse(status: number, reason: string): void {
    this.#work(Promise.resolve({ kind: 'respond', response: { status, reason } }));
  }

  #keepsAlive(response: LabResponse): boolean {
    const asked = this.#head?.headers.get('connection')?.toLowerCase() ?? '';
    const wants = this.#head?.version === '1.0' ? asked.includes('keep-alive') : !asked.includes('close');
    const isLast = this.#requests >= this.#deps.quirks.requestsPerConnection || !this.#deps.mayKeepAlive();
    return this.#head !== undefined && wants && !isLast && response.status < 400 && response.closes !== true;
  }

  async #send(response: LabResponse): Promise<void> {
    const keepAlive = this.#keepsAlive(response);
    const bytes = await encodeResponse(response, {
      version: this.#head?.version ?? '1.0',
      keepAlive,
      acceptEncoding: this.#deps.quirks.compression ? (this.#head?.headers.get('accept-encoding') ?? '') : '',
      nowMs: this.#deps.clock.wallMs(),
    });
    if (this.#phase === 'gone') return;
    if (this.#record !== undefined)
      Object.assign(this.#record, { status: response.status, responseBytes: bytes.length });
    if (keepAlive) this.#next(bytes);
    else this.#finish(bytes);
  }

  #next(bytes: Buffer): void {
    this.#armIdle();
    this.#socket.write(bytes, () => {
      if (this.#phase === 'head') this.#armIdle();
    });
    this.#parser = new HeadParser();
    this.#head = undefined;
    this.#phase = 'head';
    this.#resume();
    this.#advance();
  }

  #finish(bytes: Buffer): void {
    this.#phase = 'closing';
    this.#buffer = Buffer.alloc(0);
    this.#armIdle();
    this.#socket.end(bytes);
    this.#resume(); // drops what still comes, else an answer to an upload that goes on would be lost in a reset
  }

  #pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }
}
