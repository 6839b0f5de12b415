// An ambient module: no import can bring it in.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./novnc.d.ts" />
import RFB from '@novnc/novnc';

import { AppError } from '../../../shared/base/errors.ts';
import type { RfbStream } from './rfbStream.ts';

const maxPixels = 7680 * 4320; // 8K: 133 MB for each of the client's two canvases
const maxSidePixels = 16384; // what a canvas takes in every browser
const maxCutTextBytes = 1 << 20;
const maxPackedCutTextBytes = 64 * 1024; // extended form, compressed: unpacks to 64 MiB at the very worst

export interface RfbHooks {
  /** An update was painted that brought pixels. */
  onPicture(): void;
  onSize(width: number, height: number): void;
}

/**
 * noVNC with limits: a server chooses sizes freely, and noVNC allocates what it is told before the bytes are there.
 * The one place that reaches behind noVNC's public face; the version is pinned and a test watches it.
 */
export class GuardedRfb extends RFB {
  // noVNC's constructor calls methods below before fields exist here; it is given no bytes so early.
  #hooks: RfbHooks | undefined;
  #hasPixels = false;
  #skipBytes = 0;

  constructor(target: Element, stream: RfbStream, hooks: RfbHooks) {
    super(target, stream, { shared: true });
    this.#hooks = hooks;
    this.#watchPicture();
  }

  get canvas(): HTMLCanvasElement {
    return this._canvas;
  }

  get isAlive(): boolean {
    return this._rfbConnectionState === 'connecting' || this._rfbConnectionState === 'connected';
  }

  /** Bytes it was given and could not use yet; busy: it decodes pictures and does not even look. */
  get queue(): { bytes: number; isBusy: boolean } {
    return { bytes: this._sock.rQlen(), isBusy: this._flushing };
  }

  get isCapsLockOn(): boolean {
    return this._remoteCapsLock === true;
  }

  /** After all pictures handed to the browser are decoded and painted, and the queue was looked at again. */
  decoded(): Promise<void> {
    return this._display.flush();
  }

  /** Takes the part of a chunk that belongs to a message being dropped off its front. */
  unskipped(chunk: Uint8Array): Uint8Array {
    const skip = Math.min(this.#skipBytes, chunk.length);
    this.#skipBytes -= skip;
    return skip ? chunk.subarray(skip) : chunk;
  }

  override _resize(width: number, height: number): void {
    if (width > maxSidePixels || height > maxSidePixels || width * height > maxPixels) {
      throw new AppError('limit', `The guest's screen is ${width} x ${height}. Sluice shows up to 7680 x 4320.`);
    }
    super._resize(width, height);
    this.#hooks?.onSize(width, height);
  }

  override _handleDataRect(): boolean {
    if (this._FBU.width * this._FBU.height > maxPixels) {
      throw new AppError('protocol', 'The server sent a rectangle larger than any screen. Open the console again.');
    }
    this.#hasPixels = true;
    return super._handleDataRect();
  }

  // Padding 3, length 4; negative: the extended form. The message type is read already.
  override _handleServerCutText(): boolean {
    if (this._sock.rQwait('ServerCutText header', 7, 1)) return false;
    const header = this._sock.rQpeekBytes(7);
    const length = new DataView(header.buffer, header.byteOffset).getInt32(3);
    if (length <= maxCutTextBytes && length >= -maxPackedCutTextBytes) return super._handleServerCutText();
    this._sock.rQskipBytes(7);
    const there = Math.min(Math.abs(length), this._sock.rQlen());
    this._sock.rQskipBytes(there);
    this.#skipBytes = Math.abs(length) - there;
    return true;
  }

  #watchPicture(): void {
    const display = this._display;
    const flip = display.flip.bind(display);
    display.flip = (fromQueue) => {
      const isQueued = display.pending() && !fromQueue;
      flip(fromQueue);
      if (isQueued || !this.#hasPixels) return;
      if (!fromQueue && this._FBU.rects > 0) return; // a new size in the middle of an update
      this.#hasPixels = false;
      this.#hooks?.onPicture();
    };
  }
}
