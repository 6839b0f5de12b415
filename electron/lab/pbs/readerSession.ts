import http2 from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { encodeBlob } from './formats.ts';
import type { PbsServices } from './pbsServices.ts';
import type { ReaderTask } from './readerTasks.ts';
import type { LabArchive, LabSnapshot } from './snapshots.ts';

const WINDOW_BYTES = 32 << 20; // facts 9.4, as the frame size
const FRAME_BYTES = 4 << 20;
const SESSION_MIB = 1024; // Node's own 10 would refuse a client with many requests, which the real one does not
const SPEED_TEST_BYTES = 1 << 20;

export interface ReaderMeter {
  readonly task: ReaderTask;
  /** Digests in the order they were asked for. */
  readonly chunks: string[];
  heartbeats: number;
  requests: number;
  sentBytes: number;
  isOpen: boolean;
  mostStreams: number;
}

/** One session of the reader protocol: HTTP/2 on a socket that was upgraded (PBS facts 9.4). */
export class ReaderSession {
  readonly meter: ReaderMeter;
  readonly #services: PbsServices;
  readonly #snapshot: LabSnapshot;
  readonly #wire: Socket;
  readonly #opened = new Set<LabArchive>();
  #running = 0;
  #isBreaking = false;
  #idle: Disposable | undefined;

  /** `wire`: what carries the socket. */
  constructor(
    socket: TLSSocket,
    options: { wire: Socket; services: PbsServices; snapshot: LabSnapshot; task: ReaderTask },
  ) {
    this.#wire = options.wire;
    this.#services = options.services;
    this.#snapshot = options.snapshot;
    const { task } = options;
    this.meter = { task, chunks: [], heartbeats: 0, requests: 0, sentBytes: 0, isOpen: true, mostStreams: 0 };
    const settings = { initialWindowSize: WINDOW_BYTES, maxFrameSize: FRAME_BYTES };
    const session = http2.performServerHandshake(socket, { settings, maxSessionMemory: SESSION_MIB });
    session.setLocalWindowSize(WINDOW_BYTES);
    session.on('stream', (stream, headers) => this.#handleStream(stream, String(headers[':path'] ?? '/')));
    session.on('error', () => options.wire.destroy());
    socket.on('error', () => options.wire.destroy());
    options.wire.once('close', () => {
      this.meter.isOpen = false;
      this.#idle?.dispose();
      this.#services.tasks.end(task);
    });
    this.#armIdle();
  }

  /** Ends it as a crash of what is in between would: with a reset. */
  reset(): void {
    this.#wire.resetAndDestroy();
  }

  destroy(): void {
    this.#wire.destroy();
  }

  #armIdle(): void {
    this.#idle?.dispose();
    const { idleCutMs } = this.#services.quirks;
    if (idleCutMs > 0 && this.#running === 0) {
      this.#idle = this.#services.clock.timer(idleCutMs, () => this.destroy());
    }
  }

  #handleStream(stream: http2.ServerHttp2Stream, target: string): void {
    this.#running += 1;
    this.#armIdle();
    this.meter.requests += 1;
    this.meter.mostStreams = Math.max(this.meter.mostStreams, this.#running);
    stream.on('error', () => undefined); // the client gave it up, or is gone
    stream.once('close', () => {
      this.#running -= 1;
      this.#armIdle();
    });
    const url = new URL(target, 'https://localhost:8007');
    void this.#answer(stream, url.pathname, url.searchParams).catch((error: unknown) => {
      this.#refuse(stream, 400, error instanceof Error ? error.message : String(error));
    });
  }

  async #answer(stream: http2.ServerHttp2Stream, path: string, params: URLSearchParams): Promise<void> {
    switch (path) {
      case '/':
        return this.#json(
          stream,
          ['chunk', 'download', 'speedtest'].map((subdir) => ({ subdir })),
        );
      case '/speedtest':
        return this.#bytes(stream, Buffer.alloc(SPEED_TEST_BYTES, 'A'));
      case '/download':
        return await this.#download(stream, params.get('file-name') ?? '');
      case '/chunk':
        return await this.#chunk(stream, params.get('digest') ?? '');
      case '/heartbeat':
        this.meter.heartbeats += 1;
        if (this.#services.quirks.hasHeartbeat) return this.#json(stream, null);
    }
    this.#refuse(stream, 404, `Path '${path.slice(1)}' not found.`);
  }

  async #download(stream: http2.ServerHttp2Stream, name: string): Promise<void> {
    const { corruption } = this.#services.quirks;
    if (name === 'index.json.blob') {
      const manifest = await this.#snapshot.manifest();
      return this.#bytes(stream, corruption === 'manifest' ? flipped(manifest, manifest.length - 9) : manifest);
    }
    const archive = this.#snapshot.archive(name);
    if (!archive)
      return this.#refuse(stream, 400, `unable to open file '${name}' - No such file or directory (os error 2)`);
    const { file } = await archive.stored();
    if (archive.plan.kind === 'blob') return this.#bytes(stream, corruption === 'blob' ? flipped(file, 20) : file);
    this.#opened.add(archive);
    this.#services.tasks.log(this.meter.task, `register chunks in '${name}' as downloadable.`);
    this.#bytes(stream, corruption === 'index' ? flipped(file, 4100) : file);
  }

  async #chunk(stream: http2.ServerHttp2Stream, digest: string): Promise<void> {
    const { quirks, clock } = this.#services;
    const archive = [...this.#opened].find((one) => one.hasChunk(digest));
    if (!archive) return this.#refuse(stream, 401, `download chunk ${digest} not allowed`);
    this.meter.chunks.push(digest);
    if (quirks.chunkDelayMs > 0) await new Promise<void>((resolve) => clock.timer(quirks.chunkDelayMs, resolve));
    if (stream.destroyed) return;
    const chunk = archive.chunk(digest);
    if (!chunk) return this.#refuse(stream, 400, `unable to open chunk ${digest}`);
    if (quirks.isStalling) return this.#half(stream, chunk);
    this.#bytes(stream, corrupted(chunk, quirks.corruption));
    this.#resetWhereAsked();
  }

  #resetWhereAsked(): void {
    const { resets } = this.#services.quirks;
    if (this.#isBreaking || resets.times < 1 || this.meter.sentBytes < resets.afterBytes) return;
    this.#isBreaking = true;
    resets.times -= 1;
    setImmediate(() => this.reset());
  }

  #json(stream: http2.ServerHttp2Stream, data: unknown): void {
    if (stream.destroyed) return;
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end(JSON.stringify({ data }));
  }

  #bytes(stream: http2.ServerHttp2Stream, bytes: Buffer): void {
    if (stream.destroyed) return;
    this.meter.sentBytes += bytes.length;
    stream.respond({ ':status': 200, 'content-type': 'application/octet-stream' });
    stream.end(bytes);
  }

  /** And nothing behind it. */
  #half(stream: http2.ServerHttp2Stream, bytes: Buffer): void {
    stream.respond({ ':status': 200, 'content-type': 'application/octet-stream' });
    stream.write(bytes.subarray(0, bytes.length / 2));
  }

  #refuse(stream: http2.ServerHttp2Stream, status: number, text: string): void {
    this.#services.tasks.log(this.meter.task, `GET ${status}: ${text}`);
    if (stream.destroyed) return;
    stream.respond({ ':status': status, 'content-type': 'text/plain' });
    stream.end(text);
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function corrupted(chunk: Buffer, how: string): Buffer {
  if (how === 'crc') return flipped(chunk, chunk.length - 1);
  return how === 'digest' ? encodeBlob(Buffer.alloc(4096, 'x'), { compress: false }) : chunk;
}
