import type * as Http2 from 'node:http2';
import type { Socket } from 'node:net';

import { onAbort } from '../../../shared/base/abort.ts';
import { type Clock, every } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { encodeForm, type Form } from '../api/form.ts';
import { forPeople } from '../net/httpHead.ts';
import { openReader, type ReaderServer, type SnapshotRef } from './openReader.ts';
import { ReaderHeartbeat } from './readerHeartbeat.ts';
import { SocketStream } from './socketStream.ts';

const STREAM_WINDOW_BYTES = 1 << 20; // 100 ms of 80 Mbit/s; what comes is copied out at once, so it never fills up
const SESSION_WINDOW_BYTES = 8 << 20; // 1 Gbit/s over 64 ms of distance
const SESSION_MIB = 64; // what Node may hold of it: its own 10 is close to the window and its copies
const MOST_REFUSAL_PIECES = 4; // of 16 KiB at most; a sentence is enough
const SILENCE_MS = 60_000; // a request that brought nothing for so long is lost with its connection
const LOOK_EVERY_MS = 5_000;
const UNANSWERED_MS = 6_000; // of a heartbeat, while nothing at all comes; a new connection costs less than a longer wait
const LIFE_EVERY_MS = 1_000;

export interface ReaderOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** How long a session may be without a request before it sends a heartbeat. 0: never. */
  readonly heartbeatMs: number;
}

/** Where the bytes of an answer go, in order. Copies what it keeps. Throws what is wrong with them. */
export type Take = (piece: Uint8Array) => void;

/** One session of the reader protocol: HTTP/2 on an upgraded connection, GETs only (PBS wire facts 9.4). */
export class ReaderSession implements Disposable {
  readonly #http2: typeof Http2;
  readonly #session: Http2.ClientHttp2Session;
  readonly #clock: Clock;
  readonly #place: string;
  readonly #heartbeat: ReaderHeartbeat;
  /** Ends each request under way. */
  readonly #waiting = new Set<(error: AppError) => void>();
  readonly #lifeWatch: Disposable;
  /** Anything came. */
  #lifeMs: number;
  /** A heartbeat that is not answered yet was sent then. */
  #askedMs: number | undefined;
  #failure: AppError | undefined;

  private constructor(http2: typeof Http2, socket: Socket, place: string, options: ReaderOptions) {
    this.#http2 = http2;
    this.#clock = options.clock;
    this.#place = place;
    // The server's end is the session's: a half-open connection would look alive for ever.
    const stream = new SocketStream(socket);
    stream.once('close', () => this.#handleClose());
    // The socket is the connector's, its certificate judged: Node itself is to open none, so it is told of no TLS.
    this.#session = http2.connect('http://localhost:8007', {
      createConnection: () => stream,
      maxSessionMemory: SESSION_MIB,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    });
    this.#session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    this.#session.on('error', () => {}); // every request under way is told by itself
    this.#session.once('close', () => this.#handleClose());
    this.#session.once('goaway', () => this.#fail(lost(place)));
    this.#heartbeat = new ReaderHeartbeat({
      clock: options.clock,
      periodMs: options.heartbeatMs,
      ask: () => this.#askLife(),
      ping: () => this.#ping(),
    });
    this.#lifeMs = this.#clock.nowMs();
    this.#lifeWatch = every(this.#clock, LIFE_EVERY_MS, () => this.#lookForLife());
  }

  /** Fails as `openReader` does. */
  static async open(server: ReaderServer, snapshot: SnapshotRef, options: ReaderOptions): Promise<ReaderSession> {
    const http2 = await import('node:http2'); // a megabyte that most never need
    const socket = await openReader(server, snapshot, options);
    return new ReaderSession(http2, socket, server.address, options);
  }

  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Heartbeats that were sent; for meters and tests. */
  get heartbeats(): number {
    return this.#heartbeat.count;
  }

  /** A file of the snapshot as it is stored. Of an index it also opens its chunks to `chunk`. */
  download(name: string, take: Take, signal?: AbortSignal): Promise<void> {
    return this.#get('/download', { 'file-name': name }, take, signal);
  }

  /** A chunk as it is stored. `digest` in hex. */
  chunk(digest: string, take: Take, signal?: AbortSignal): Promise<void> {
    return this.#get('/chunk', { digest }, take, signal);
  }

  /** Ends it: the server's task is over then, and its lock is free. */
  dispose(): void {
    this.#fail(new AppError('closed', 'The connection to the backup was closed.'));
  }

  async #get(path: string, query: Form, take: Take, signal: AbortSignal | undefined): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#heartbeat.moved();
    try {
      await this.#request(`${path}?${encodeForm(query)}`, take, signal);
    } finally {
      this.#heartbeat.moved();
    }
  }

  #request(target: string, take: Take, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request(
        { ':method': 'GET', ':scheme': 'https', ':path': target },
        { endStream: true },
      );
      const refusal: Uint8Array[] = [];
      let status = 0;
      let lastMs = this.#clock.nowMs();
      const watch = every(this.#clock, LOOK_EVERY_MS, () => {
        if (this.#clock.nowMs() - lastMs >= SILENCE_MS) this.#fail(silent(this.#place));
      });
      const aborting = onAbort(signal, (error) => end(error));
      let isOver = false;
      const end = (error?: unknown) => {
        if (isOver) return;
        isOver = true;
        this.#waiting.delete(end);
        watch.dispose();
        aborting.dispose();
        if (error === undefined) resolve();
        else reject(AppError.from(error));
        if (error !== undefined) stream.close(this.#http2.constants.NGHTTP2_CANCEL);
      };
      const handleData = (piece: Buffer) => {
        if (isOver) return; // given up: where it would go belongs to another by now
        lastMs = this.#clock.nowMs();
        this.#lifeMs = lastMs;
        if (status === 200) attempt(() => take(piece), end);
        else if (refusal.length < MOST_REFUSAL_PIECES) refusal.push(piece);
      };
      stream.once('response', (headers) => {
        status = Number(headers[':status']);
        stream.on('data', handleData); // not before: Node may hand out data of the same read ahead of the headers
      });
      stream.once('end', () => {
        // A session that is given up ends its streams as if all had come.
        if (status === 200) end(this.#failure ?? (stream.rstCode === 0 ? undefined : lost(this.#place)));
        else if (status !== 0) end(refused(status, Buffer.concat(refusal).toString('utf8')));
      });
      this.#waiting.add(end);
      stream.once('error', () => end(this.#failure ?? lost(this.#place)));
      stream.once('close', () => end(this.#failure ?? lost(this.#place)));
    });
  }

  /** Asks without caring for the answer; gives its status, 0 where there was none. */
  #status(path: string): Promise<number> {
    if (this.#failure) return Promise.resolve(0);
    return new Promise((resolve) => {
      const stream = this.#session.request(
        { ':method': 'GET', ':scheme': 'https', ':path': path },
        { endStream: true },
      );
      let status = 0;
      stream.on('response', (headers) => {
        status = Number(headers[':status']);
      });
      stream.on('error', () => {}); // the session's end says it
      stream.once('close', () => resolve(status));
      stream.resume();
    });
  }

  async #askLife(): Promise<number> {
    this.#askedMs ??= this.#clock.nowMs();
    const status = await this.#status('/heartbeat');
    if (status !== 0) this.#handleLife();
    return status;
  }

  #ping(): void {
    if (this.#failure) return;
    this.#askedMs ??= this.#clock.nowMs();
    this.#session.ping((error) => {
      if (!error) this.#handleLife();
    });
  }

  #handleLife(): void {
    this.#lifeMs = this.#clock.nowMs();
    this.#askedMs = undefined;
  }

  /** What stands between may have dropped the connection without a word. */
  #lookForLife(): void {
    if (this.#askedMs === undefined) return;
    const sinceMs = Math.max(this.#askedMs, this.#lifeMs);
    if (this.#clock.nowMs() - sinceMs >= UNANSWERED_MS) this.#fail(lost(this.#place));
  }

  #handleClose(): void {
    this.#fail(lost(this.#place));
  }

  #fail(error: AppError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#heartbeat.dispose();
    this.#lifeWatch.dispose();
    this.#session.destroy();
    // Streams without an answer yet are not always told of it by Node.
    for (const end of [...this.#waiting]) end(error);
  }
}

function attempt(run: () => void, fail: (error: unknown) => void): void {
  try {
    run();
  } catch (error) {
    fail(error);
  }
}

function lost(place: string): AppError {
  return new AppError('reset', `The connection to ${place} was lost.`, { retry: 'later' });
}

function silent(place: string): AppError {
  return new AppError('timeout', `${place} sent nothing for ${SILENCE_MS / 1000} s.`, { retry: 'later' });
}

function refused(status: number, text: string): AppError {
  const said = forPeople(text) || `status ${status}`;
  if (status === 404 || /No such file|not found/.test(said)) {
    return new AppError('not-found', `The server has no such part of the backup: ${said}. Verify the backup there.`);
  }
  if (status === 401 || status === 403) return new AppError('forbidden', `The server did not allow it: ${said}`);
  return new AppError('server', `The server could not read the backup: ${said}`);
}
