import { decodePixelFormat, PIXEL_FORMAT_BYTES, type PixelFormat } from './pixelFormat.ts';

/** A generator that yields how many bytes it needs next and is resumed with exactly that many. */
export type Parser<T> = Generator<number, T, Buffer>;

/** What a viewer may say once it is let in. */
export interface ClientMessageHandler {
  handlePixelFormat(format: PixelFormat): void;
  handleEncodings(encodings: readonly number[]): void;
  handleUpdateRequest(isIncremental: boolean, x: number, y: number, width: number, height: number): void;
  handleKey(keysym: number, isDown: boolean): void;
  handlePointer(x: number, y: number, buttons: number): void;
  handleCutText(text: string): void;
  handleDesktopSize(width: number, height: number): void;
}

/** The viewer broke the protocol; the connection ends. */
export class RfbViolation extends Error {}

// A clipboard beyond this is read and dropped.
const MAX_CUT_TEXT_BYTES = 1 << 20;
const SKIP_BYTES = 64 << 10;

/** Reads one message of RFB 3.8, 7.5, and the desktop size one. */
export function* clientMessage(handler: ClientMessageHandler): Parser<void> {
  const type = (yield 1).readUInt8(0);
  switch (type) {
    case 0: {
      const format = decodePixelFormat((yield 3 + PIXEL_FORMAT_BYTES).subarray(3));
      if (!format) throw new RfbViolation('a pixel format nothing can be told in');
      return handler.handlePixelFormat(format);
    }
    case 2: {
      const count = (yield 3).readUInt16BE(1);
      const list = count > 0 ? yield count * 4 : Buffer.alloc(0);
      return handler.handleEncodings(Array.from({ length: count }, (_, i) => list.readInt32BE(i * 4)));
    }
    case 3: {
      const at = yield 9;
      const [x, y, width, height] = [1, 3, 5, 7].map((offset) => at.readUInt16BE(offset)) as [
        number,
        number,
        number,
        number,
      ];
      return handler.handleUpdateRequest(at[0] !== 0, x, y, width, height);
    }
    case 4: {
      const key = yield 7;
      return handler.handleKey(key.readUInt32BE(3), key[0] !== 0);
    }
    case 5: {
      const pointer = yield 5;
      return handler.handlePointer(pointer.readUInt16BE(1), pointer.readUInt16BE(3), pointer.readUInt8(0));
    }
    case 6:
      return yield* cutText(handler);
    case 251: {
      const size = yield 7;
      const screens = size.readUInt8(5);
      if (screens > 0) yield screens * 16;
      return handler.handleDesktopSize(size.readUInt16BE(1), size.readUInt16BE(3));
    }
    default:
      throw new RfbViolation(`message type ${type}`);
  }
}

function* cutText(handler: ClientMessageHandler): Parser<void> {
  const length = (yield 7).readInt32BE(3);
  // Negative marks the extended clipboard, which is never offered here: its bytes are skipped.
  let left = Math.abs(length);
  if (length >= 0 && left <= MAX_CUT_TEXT_BYTES) {
    const text = left > 0 ? yield left : Buffer.alloc(0);
    return handler.handleCutText(text.toString('latin1'));
  }
  while (left > 0) left -= (yield Math.min(left, SKIP_BYTES)).length;
}
