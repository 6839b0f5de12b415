import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';
import type { Frames } from '../frames.ts';
import { GuardedRfb } from './guardedRfb.ts';
import { Intake } from './intake.ts';
import { RfbStream } from './rfbStream.ts';

/** One unit: a rectangle or a text. noVNC itself throws at 40 MiB; 4K as one rectangle of noise packs to 24 MB. */
export const maxUnitBytes = 24 << 20;

const decodeMs = 5_000; // pictures of one update; noVNC waits for ever for one that cannot be decoded

export interface VncSessionEvents {
  onFirstPicture(): void;
  onSize(width: number, height: number): void;
  onClipboard(text: string): void;
  /** Once. The canvas still holds the last picture while it runs. */
  onLost(reason: CloseReason): void;
}

/** One stream and the RFB client on it, from `attach` to the loss. */
export class VncSession implements Disposable {
  readonly rfb: GuardedRfb;
  readonly #duplex: ByteDuplex;
  readonly #stream: RfbStream;
  readonly #frames: Frames;
  readonly #events: VncSessionEvents;
  readonly #intake = new Intake(maxUnitBytes);
  #frame: Disposable | undefined;
  #decoding: ReturnType<typeof setTimeout> | undefined;
  #reason: CloseReason | undefined;
  #hasPicture = false;
  #isOver = false;

  constructor(target: Element, duplex: ByteDuplex, frames: Frames, events: VncSessionEvents) {
    this.#duplex = duplex;
    this.#frames = frames;
    this.#events = events;
    this.#stream = new RfbStream(duplex, (error) => this.#fail(error));
    this.rfb = new GuardedRfb(target, this.#stream, {
      onPicture: () => this.#handlePicture(),
      onSize: (width, height) => events.onSize(width, height),
    });
    this.rfb.addEventListener('disconnect', () => this.#handleDisconnect());
    this.rfb.addEventListener('clipboard', (event) => this.#handleClipboard(event));
    duplex.onData((chunk) => this.#handleData(chunk));
    duplex.onEnd(() => duplex.end());
    duplex.onClose((reason) => this.#end(reason));
  }

  start(): void {
    this.#duplex.start();
  }

  /** The canvas shows something of the guest. */
  get hasPicture(): boolean {
    return this.#hasPicture;
  }

  dispose(): void {
    this.#end({ kind: 'closed' });
  }

  #handleData(chunk: Uint8Array): void {
    this.#intake.received(chunk.length);
    if (this.#isOver) return;
    try {
      const rest = this.rfb.unskipped(chunk);
      if (rest.length > 0) this.#stream.feed(rest);
    } catch (error) {
      this.#fail(error instanceof AppError ? error : unreadable(error));
    }
    this.#settleSoon();
  }

  /** After the next picture is on the screen, and again when noVNC is done decoding. */
  #settleSoon(): void {
    if (this.#isOver) return;
    this.#frame ??= this.#frames.next(() => {
      this.#frame = undefined;
      this.#settle();
    });
    if (this.rfb.queue.isBusy && this.#decoding === undefined) this.#awaitDecoding();
  }

  #settle(): void {
    const bytes = this.#intake.settle(this.rfb.queue);
    if (bytes === 'too-large') {
      this.#fail(new AppError('limit', 'The server sent one piece larger than 24 MiB. Open the console again.'));
    } else if (bytes > 0) this.#duplex.consumed(bytes);
  }

  #awaitDecoding(): void {
    this.#decoding = setTimeout(
      () => this.#fail(new AppError('protocol', 'The server sent a picture that is broken. Open the console again.')),
      decodeMs,
    );
    void this.rfb.decoded().then(() => {
      clearTimeout(this.#decoding);
      this.#decoding = undefined;
      this.#settleSoon();
    });
  }

  #handlePicture(): void {
    if (this.#hasPicture) return;
    this.#hasPicture = true;
    this.#frames.next(() => {
      if (!this.#isOver) this.#events.onFirstPicture();
    });
  }

  #handleClipboard(event: Event): void {
    const { text } = (event as CustomEvent<{ text: string }>).detail;
    if (text.length <= 1 << 20) this.#events.onClipboard(text);
  }

  /** noVNC gave up by itself: it could not make sense of what came. Otherwise the end is known already. */
  #handleDisconnect(): void {
    if (!this.#isOver) this.#fail(unreadable(undefined));
  }

  #fail(error: AppError): void {
    this.#reason ??= { kind: 'failed', error };
    this.#end(this.#reason);
  }

  #end(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#frame?.dispose();
    clearTimeout(this.#decoding);
    this.#events.onLost(reason);
    if (this.rfb.isAlive) this.rfb.disconnect();
    this.#duplex.dispose();
  }
}

function unreadable(cause: unknown): AppError {
  return new AppError('protocol', 'The server sent something that is not RFB. Open the console again.', { cause });
}
