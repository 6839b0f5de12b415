// Files that were chosen in a browser: it tells no path, so the engine reads them through this page, piece by piece.
import { AppError } from '../../shared/base/errors.ts';
import { ByteReader } from '../../shared/flow/byteReader.ts';
import {
  PAGE_FILE_REQUEST_BYTES,
  pageFilePath,
  readPageFilePath,
  readPageFileRequest,
} from '../../shared/model/pageFile.ts';
import type { Transfer } from '../../shared/model/transfer.ts';
import type { Channel } from '../../shared/wire/peer.ts';
import { hasEngine, openChannel } from '../api/engine.ts';
import { useConnection } from './connection.ts';
import { isOver, useTransfers } from './transfers.ts';

const SLICE_BYTES = 256 << 10; // in memory at once of each file

const offered = new Map<string, OfferedFile>();
let isFollowing = false;

/** Has the engine read a file through this page. Gives what stands for its path. */
export function offerFile(file: File): string {
  const fileId = crypto.randomUUID();
  offered.set(fileId, new OfferedFile(fileId, file));
  if (!isFollowing) {
    isFollowing = true;
    window.addEventListener('beforeunload', warn);
    useTransfers.subscribe(({ transfers }) => withdrawDone(transfers.values()));
  }
  return pageFilePath(fileId, file.name);
}

/** It was left out again. */
export function withdrawFile(path: string): void {
  const fileId = readPageFilePath(path)?.fileId ?? '';
  offered.get(fileId)?.dispose();
  offered.delete(fileId);
}

/** What has failed may be tried again, and is read anew then. */
function withdrawDone(transfers: Iterable<Transfer>): void {
  if (offered.size === 0) return;
  for (const { state, upload } of transfers) if (state === 'done' && upload) withdrawFile(upload.path);
}

/** Leaving the page ends what is read through it: the browser asks. */
function warn(event: BeforeUnloadEvent): void {
  const isReading = [...useTransfers.getState().transfers.values()].some((transfer) => {
    const fileId = readPageFilePath(transfer.upload?.path ?? '')?.fileId;
    return fileId !== undefined && offered.has(fileId) && !isOver(transfer);
  });
  if (isReading) event.preventDefault();
}

/** One file. Where the link to the engine is lost it is offered over the next one. */
class OfferedFile {
  readonly #fileId: string;
  readonly #file: File;
  #channel: Channel | undefined;
  #stopWaiting: (() => void) | undefined;
  #isDisposed = false;

  constructor(fileId: string, file: File) {
    this.#fileId = fileId;
    this.#file = file;
    this.#offer();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#stopWaiting?.();
    this.#channel?.dispose();
  }

  #offer(): void {
    if (!hasEngine()) return this.#waitForLink();
    const { name, size: sizeBytes, lastModified: modifiedAtMs } = this.#file;
    const channel = openChannel('page.file', { fileId: this.#fileId, name, sizeBytes, modifiedAtMs });
    this.#channel = channel;
    const reader = new ByteReader({ maxBytes: PAGE_FILE_REQUEST_BYTES });
    let serving = Promise.resolve();
    channel.onData((chunk) => {
      reader.push(chunk);
      for (let wish = reader.take(PAGE_FILE_REQUEST_BYTES); wish; wish = reader.take(PAGE_FILE_REQUEST_BYTES)) {
        const { position, bytes } = readPageFileRequest(wish);
        serving = serving.then(() => this.#send(channel, position, bytes));
      }
      reader.keep();
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => channel.close(0));
    channel.onClose((reason) => {
      if (this.#isDisposed || channel !== this.#channel) return;
      this.#channel = undefined;
      if (reason.kind === 'failed' && reason.error.code === 'link-lost') this.#waitForLink();
    });
    channel.start();
  }

  /** One slice at a time: the next is read when the one before has gone. */
  async #send(channel: Channel, position: number, bytes: number): Promise<void> {
    try {
      for (let at = position; at < position + bytes; at += SLICE_BYTES) {
        const slice = await this.#file.slice(at, Math.min(at + SLICE_BYTES, position + bytes)).arrayBuffer();
        if (channel !== this.#channel) return;
        await new Promise<void>((resolve) => channel.write(new Uint8Array(slice), resolve));
      }
    } catch {
      const error = new AppError('invalid', `${this.#file.name} was changed or removed. Choose it again.`);
      channel.close(1_000, { kind: 'failed', error });
    }
  }

  #waitForLink(): void {
    this.#stopWaiting = useConnection.subscribe(() => {
      if (!hasEngine()) return;
      this.#stopWaiting?.();
      this.#offer();
    });
  }
}
