import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';
import { pageFileRequest, readPageFilePath } from '../../../shared/model/pageFile.ts';
import { changedError, type FileFacts, type FileSource, type OpenFile } from './fileSource.ts';

const ABSENT_MS = 60_000; // a page that lost its link is back by then
const MOST_OFFERS = 200; // of all pages
const CLOSE_MS = 1_000;

export interface PageFileFacts {
  readonly fileId: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/**
 * Files that a page chose in its browser, which tells nobody where they lie: the engine asks the page for one piece at a
 * time, and holds none but that. Everything else is a file of this machine.
 */
export class PageFiles implements FileSource {
  readonly #below: FileSource;
  readonly #clock: Clock;
  readonly #files = new Map<string, PageFile>();

  constructor(below: FileSource, clock: Clock) {
    this.#below = below;
    this.#clock = clock;
  }

  /** A page gives a file, for as long as the channel lives. One that was there before goes on where it was. */
  offer(facts: PageFileFacts, channel: ByteDuplex): void {
    const known = this.#files.get(facts.fileId);
    if (!known && this.#files.size >= MOST_OFFERS) {
      const error = new AppError('limit', `${MOST_OFFERS} files of browsers wait already. Let some of them end.`);
      return channel.close(CLOSE_MS, { kind: 'failed', error });
    }
    const file = known ?? new PageFile(facts, this.#clock, () => this.#files.delete(facts.fileId));
    this.#files.set(facts.fileId, file);
    file.attach(facts, channel);
  }

  look(path: string): Promise<FileFacts> {
    const parsed = readPageFilePath(path);
    if (!parsed) return this.#below.look(path);
    return this.#get(parsed).then((file) => file.facts);
  }

  async open(path: string): Promise<OpenFile> {
    const parsed = readPageFilePath(path);
    if (!parsed) return await this.#below.open(path);
    const file = await this.#get(parsed);
    return { read: (buffer, position) => file.read(buffer, position), close: () => Promise.resolve() };
  }

  dispose(): void {
    for (const file of [...this.#files.values()]) file.dispose();
  }

  #get({ fileId, name }: { fileId: string; name: string }): Promise<PageFile> {
    const file = this.#files.get(fileId);
    return file ? Promise.resolve(file) : Promise.reject(goneError(name));
  }
}

interface Piece {
  readonly buffer: Uint8Array;
  readonly position: number;
  readonly wanted: number;
  filled: number;
  resolve(bytes: number): void;
  reject(error: AppError): void;
}

/** One file. Pieces are asked for one after the other; what was cut by a lost link is asked for again. */
class PageFile implements Disposable {
  readonly #given: PageFileFacts;
  readonly #clock: Clock;
  readonly #onGone: () => void;
  readonly #pieces: Piece[] = [];
  #channel: ByteDuplex | undefined;
  #absence: Disposable | undefined;
  #end: AppError | undefined;

  constructor(given: PageFileFacts, clock: Clock, onGone: () => void) {
    this.#given = given;
    this.#clock = clock;
    this.#onGone = onGone;
  }

  get facts(): FileFacts {
    const { sizeBytes, modifiedAtMs } = this.#given;
    return { sizeBytes, modifiedAtMs };
  }

  attach({ sizeBytes, modifiedAtMs, name }: PageFileFacts, channel: ByteDuplex): void {
    const isSame = sizeBytes === this.#given.sizeBytes && modifiedAtMs === this.#given.modifiedAtMs;
    if (!isSame) {
      this.#fail(changedError(name));
      return channel.close(CLOSE_MS, { kind: 'failed', error: changedError(name) });
    }
    this.#absence?.dispose();
    this.#channel?.dispose();
    this.#channel = channel;
    channel.onData((chunk) => {
      this.#take(chunk, channel);
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => channel.close(CLOSE_MS));
    channel.onClose((reason) => this.#handleClose(channel, reason));
    channel.start();
    const [current] = this.#pieces;
    if (current) this.#ask(current);
  }

  /** Waits while the page is away. */
  read(buffer: Uint8Array, position: number): Promise<number> {
    const wanted = Math.max(0, Math.min(buffer.length, this.#given.sizeBytes - position));
    if (this.#end) return Promise.reject(this.#end);
    if (wanted === 0) return Promise.resolve(0);
    return new Promise((resolve, reject) => {
      const piece: Piece = { buffer, position, wanted, filled: 0, resolve, reject };
      this.#pieces.push(piece);
      if (this.#pieces.length === 1) this.#ask(piece);
    });
  }

  dispose(): void {
    this.#absence?.dispose();
    this.#fail(goneError(this.#given.name));
    this.#channel?.dispose();
  }

  #ask(piece: Piece): void {
    piece.filled = 0;
    this.#channel?.write(pageFileRequest(piece.position, piece.wanted));
  }

  #take(chunk: Uint8Array, channel: ByteDuplex): void {
    const [piece] = this.#pieces;
    if (channel !== this.#channel) return;
    if (!piece || piece.filled + chunk.length > piece.wanted) {
      const error = new AppError('protocol', 'The page sent more of a file than was asked for.');
      channel.close(0, { kind: 'failed', error });
      return;
    }
    piece.buffer.set(chunk, piece.filled);
    piece.filled += chunk.length;
    if (piece.filled < piece.wanted) return;
    this.#pieces.shift();
    const [next] = this.#pieces;
    if (next) this.#ask(next);
    piece.resolve(piece.wanted);
  }

  /** What the page says of the file is final; a link that is lost comes back. */
  #handleClose(channel: ByteDuplex, reason: CloseReason): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    if (reason.kind === 'failed' && reason.error.code !== 'link-lost') this.#fail(reason.error);
    this.#absence = this.#clock.timer(ABSENT_MS, () => this.#fail(goneError(this.#given.name)));
  }

  #fail(error: AppError): void {
    this.#absence?.dispose();
    if (this.#end) return;
    this.#end = error;
    for (const piece of this.#pieces.splice(0)) piece.reject(error);
    this.#onGone();
  }
}

const goneError = (name: string) =>
  new AppError('not-found', `The page that ${name} was chosen in is closed. Choose the file again.`);
