import { AppError } from '../base/errors.ts';

/** First byte of a frame. PROTOCOL.md says what each carries. */
export const frameType = {
  call: 1,
  cancel: 2,
  result: 3,
  failure: 4,
  event: 5,
  received: 6,
  open: 7,
  data: 8,
  credit: 9,
  end: 10,
  close: 11,
  ping: 12,
  pong: 13,
} as const;

export type FrameType = (typeof frameType)[keyof typeof frameType];

/** Type byte and number (u32, big-endian). */
export const headerBytes = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const lastType = frameType.pong;

/** Payload sizes that never vary; -1: any. */
const payloadBytes: Readonly<Record<FrameType, number>> = {
  [frameType.call]: -1,
  [frameType.cancel]: 0,
  [frameType.result]: -1,
  [frameType.failure]: -1,
  [frameType.event]: -1,
  [frameType.received]: 0,
  [frameType.open]: -1,
  [frameType.data]: -1,
  [frameType.credit]: 4,
  [frameType.end]: 0,
  [frameType.close]: -1,
  [frameType.ping]: 0,
  [frameType.pong]: 0,
};

/** A frame without payload. */
export function emptyFrame(type: FrameType, number: number): Uint8Array {
  const frame = new Uint8Array(headerBytes);
  writeHeader(frame, type, number);
  return frame;
}

/** Copies the bytes: the frame belongs to the link, the chunk to its source. */
export function dataFrame(number: number, chunk: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerBytes + chunk.length);
  writeHeader(frame, frameType.data, number);
  frame.set(chunk, headerBytes);
  return frame;
}

export function creditFrame(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(headerBytes + 4);
  writeHeader(frame, frameType.credit, number);
  writeU32(frame, headerBytes, bytes);
  return frame;
}

export function jsonFrame(type: FrameType, number: number, value: unknown): Uint8Array {
  const json = encoder.encode(JSON.stringify(value));
  const frame = new Uint8Array(headerBytes + json.length);
  writeHeader(frame, type, number);
  frame.set(json, headerBytes);
  return frame;
}

/** Checks form and size. `undefined`: not a frame. */
export function typeOf(frame: Uint8Array): FrameType | undefined {
  const type = frame[0];
  if (frame.length < headerBytes || type === undefined || type < 1 || type > lastType) return undefined;
  const known = type as FrameType;
  const expected = payloadBytes[known];
  return expected === -1 || frame.length === headerBytes + expected ? known : undefined;
}

/** Call id, channel, or count: by type. */
export function numberOf(frame: Uint8Array): number {
  return readU32(frame, 1);
}

/** Not copied. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(headerBytes);
}

export function creditOf(frame: Uint8Array): number {
  return readU32(frame, headerBytes);
}

/** Throws `protocol` where the payload is not JSON in UTF-8. */
export function jsonOf(frame: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(payloadOf(frame)));
  } catch (error) {
    throw new AppError('protocol', 'A message was not JSON.', { cause: error });
  }
}

function writeHeader(frame: Uint8Array, type: FrameType, number: number): void {
  frame[0] = type;
  writeU32(frame, 1, number);
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readU32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] ?? 0) * 0x100_0000; // not shifted: the top bit would make it negative
  return high + (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
}
