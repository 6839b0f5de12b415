import { opcodes } from './frameDecoder.ts';
import { applyMask } from './mask.ts';

/** `none`: frames of a server. `zero`: legal, and spares both ends the work where the server is known to take it. */
export type Masking = 'none' | 'zero' | 'random';

const FIN = 0x80;
const MASKED = 0x80;

/** Writes a frame's header into `target` and returns its length. `mask` is undefined where there is none. */
export function writeHeader(target: Buffer, opcode: number, payloadBytes: number, mask: number | undefined): number {
  const maskBit = mask === undefined ? 0 : MASKED;
  target[0] = FIN | opcode;
  let at = 2;
  if (payloadBytes < 126) {
    target[1] = maskBit | payloadBytes;
  } else if (payloadBytes < 1 << 16) {
    target[1] = maskBit | 126;
    at = target.writeUInt16BE(payloadBytes, at);
  } else {
    target[1] = maskBit | 127;
    at = target.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), at);
    at = target.writeUInt32BE(payloadBytes >>> 0, at);
  }
  return mask === undefined ? at : target.writeInt32BE(mask, at);
}

export function headerBytes(payloadBytes: number, isMasked: boolean): number {
  return 2 + (payloadBytes < 126 ? 0 : payloadBytes < 1 << 16 ? 2 : 8) + (isMasked ? 4 : 0);
}

/** A frame in one piece: the payload is copied, and masked in the copy. */
export function wholeFrame(opcode: number, payload: Uint8Array, mask: number | undefined): Buffer {
  const start = headerBytes(payload.length, mask !== undefined);
  const frame = Buffer.allocUnsafe(start + payload.length);
  writeHeader(frame, opcode, payload.length, mask);
  frame.set(payload, start);
  if (mask) applyMask(frame.subarray(start), mask, 0);
  return frame;
}

/** The header alone, for a payload that goes out unchanged behind it. */
export function headerOf(payloadBytes: number, mask: number | undefined): Buffer {
  const header = Buffer.allocUnsafe(headerBytes(payloadBytes, mask !== undefined));
  writeHeader(header, opcodes.binary, payloadBytes, mask);
  return header;
}
