import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

import type { SocketWriter } from './socketWriter.ts';

/** What is used of Node's own parts. Not promised by Node: looked at before use, and without it nothing breaks. */
interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
  chunks: unknown;
  dones: (() => void) | readonly Waiting[] | undefined;
  writer: HandleWriter;
}

interface Handle {
  writeBuffer(request: WriteRequest, chunk: Uint8Array): number;
  writev(request: WriteRequest, chunks: readonly Uint8Array[], areAllBuffers: boolean): number;
}

interface Binding {
  WriteWrap: new () => WriteRequest;
  streamBaseState: Int32Array;
  kLastWriteWasAsync: number;
}

interface Waiting {
  readonly chunk: Uint8Array;
  readonly done: (() => void) | undefined;
}

const MOST_GATHERED = 256; // pieces of one system call: IOV_MAX is 1024
const binding = findBinding();

function findBinding(): Binding | undefined {
  try {
    const find = (process as unknown as { binding?: (name: string) => Partial<Binding> }).binding;
    const { WriteWrap, streamBaseState, kLastWriteWasAsync } = find?.('stream_wrap') ?? {};
    if (typeof WriteWrap !== 'function' || typeof kLastWriteWasAsync !== 'number') return undefined;
    return streamBaseState?.length ? { WriteWrap, streamBaseState, kLastWriteWasAsync } : undefined;
  } catch {
    return undefined; // this Node has none
  }
}

/**
 * Writes to a TCP or Unix socket's handle without the machinery of Node's streams: a third of the JavaScript a small
 * message costs, and its acknowledgement in the same breath where the system took it at once. One request is under
 * way at a time; what comes meanwhile goes out as one.
 */
export class HandleWriter implements SocketWriter {
  readonly #socket: Socket;
  readonly #parts: Binding;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #sendingBytes = 0;
  #isBusy = false;
  #spare: WriteRequest | undefined;
  #isTelling = false;
  #corks = 0;
  #isEnding = false;

  private constructor(socket: Socket, parts: Binding) {
    this.#socket = socket;
    this.#parts = parts;
  }

  /** `undefined` where this Node is built otherwise. Not for TLS, which takes one write at a time on its own terms. */
  static of(socket: Socket): HandleWriter | undefined {
    const handle = handleOf(socket);
    if (!binding || typeof handle?.writeBuffer !== 'function' || typeof handle.writev !== 'function') return undefined;
    return new HandleWriter(socket, binding);
  }

  get queuedBytes(): number {
    return this.#sendingBytes + this.#waitingBytes;
  }

  write(chunk: Uint8Array, done: (() => void) | undefined): void {
    if (this.#isBusy || this.#isTelling || this.#corks > 0 || this.#waiting.length > 0) {
      this.#waiting.push({ chunk, done });
      this.#waitingBytes += chunk.length;
      return;
    }
    const handle = handleOf(this.#socket);
    if (!handle) return; // destroyed
    const request = this.#request();
    this.#finish(request, handle.writeBuffer(request, chunk), chunk, chunk.length, done);
    if (this.#waiting.length > 0) this.#flush();
  }

  cork(): void {
    this.#corks += 1;
  }

  uncork(): void {
    this.#corks -= 1;
    this.#flush();
  }

  end(): void {
    this.#isEnding = true;
    this.#flush();
  }

  #flush(): void {
    if (this.#isTelling) return; // whoever tells goes on behind it
    while (this.#waiting.length > 0 && !this.#isBusy && this.#corks === 0 && !this.#socket.destroyed) {
      const next = this.#waiting.length > MOST_GATHERED ? this.#waiting.splice(0, MOST_GATHERED) : this.#waiting;
      if (next === this.#waiting) this.#waiting = [];
      const chunks = next.map(({ chunk }) => chunk);
      const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
      this.#waitingBytes -= bytes;
      const handle = handleOf(this.#socket);
      if (!handle) return; // destroyed
      const request = this.#request();
      this.#finish(request, handle.writev(request, chunks, true), chunks, bytes, next);
    }
    if (this.#isEnding && this.#waiting.length === 0 && !this.#isBusy) this.#socket.end();
  }

  /** A request that the system took at once was never used, and is there for the next write. */
  #request(): WriteRequest {
    if (this.#spare) return this.#spare;
    const request = new this.#parts.WriteWrap();
    request.oncomplete = handleComplete;
    request.writer = this;
    request.chunks = undefined;
    request.dones = undefined;
    this.#spare = request;
    return request;
  }

  #finish(request: WriteRequest, status: number, chunks: unknown, bytes: number, dones: WriteRequest['dones']): void {
    if (status !== 0) return this.#fail(status);
    if (this.#parts.streamBaseState[this.#parts.kLastWriteWasAsync] === 0) return this.#tell(dones);
    request.chunks = chunks; // alive while the system reads them
    request.dones = dones;
    this.#spare = undefined;
    this.#isBusy = true;
    this.#sendingBytes = bytes;
  }

  /** For `handleComplete`. */
  completed(request: WriteRequest, status: number): void {
    this.#isBusy = false;
    this.#sendingBytes = 0;
    if (this.#socket.destroyed) return;
    if (status !== 0) return this.#fail(status);
    this.#tell(request.dones);
    this.#flush();
  }

  /** What is written meanwhile waits, so that a writer who goes on in `done` does not fill the stack. */
  #tell(dones: WriteRequest['dones']): void {
    if (!dones) return;
    this.#isTelling = true;
    try {
      if (typeof dones === 'function') dones();
      else for (const { done } of dones) done?.();
    } finally {
      this.#isTelling = false;
    }
  }

  #fail(status: number): void {
    const code = getSystemErrorName(status);
    this.#socket.destroy(Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' }));
  }
}

function handleComplete(this: WriteRequest, status: number): void {
  this.writer.completed(this, status);
}

function handleOf(socket: Socket): Handle | null | undefined {
  return (socket as unknown as { _handle?: Handle | null })._handle;
}
