// The proxy's own WebSocket framing, as literal as the original (PVE wire facts 3.5). Not a general implementation.

export const MAX_CLIENT_PAYLOAD_BYTES = 131_072;

export type ClientFrame =
  | { readonly kind: 'data'; readonly payload: Buffer }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'pong' }
  | { readonly kind: 'close' };

export type FrameStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'frame'; readonly frame: ClientFrame; readonly usedBytes: number }
  /** A rule was broken; the bytes stay where they are. */
  | { readonly kind: 'violation'; readonly rule: string };

const MORE: FrameStep = { kind: 'more' };
const KINDS = { 1: 'data', 2: 'data', 8: 'close', 9: 'ping', 10: 'pong' } as const;

const unmask = (bytes: Buffer, mask: Buffer): Buffer => {
  const [a = 0, b = 0, c = 0, d = 0] = mask;
  const clear = Buffer.from(bytes);
  if ((a | b | c | d) === 0) return clear;
  for (let index = 0; index < clear.length; index += 1) {
    clear[index] = (clear[index] as number) ^ (mask[index & 3] as number);
  }
  return clear;
};

/** One frame from the head of the buffer, or nothing touched. */
export function readClientFrame(buffer: Buffer): FrameStep {
  if (buffer.length < 2) return MORE;
  const [first = 0, second = 0] = buffer;
  if ((first & 0x80) === 0) return { kind: 'violation', rule: 'fragmented' };
  if ((first & 0x70) !== 0) return { kind: 'violation', rule: 'reserved bits' };
  const kind = KINDS[(first & 0x0f) as keyof typeof KINDS];
  if (kind === undefined) return { kind: 'violation', rule: 'unknown opcode' };
  if ((second & 0x80) === 0) return { kind: 'violation', rule: 'not masked' };
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headBytes = 2 + lengthBytes + 4;
  if (buffer.length < headBytes) return MORE;
  const length =
    lengthBytes === 2 ? buffer.readUInt16BE(2) : lengthBytes === 8 ? Number(buffer.readBigUInt64BE(2)) : short;
  if (length > MAX_CLIENT_PAYLOAD_BYTES) return { kind: 'violation', rule: 'too big' };
  const usedBytes = headBytes + length;
  if (buffer.length < usedBytes) return MORE;
  const payload = unmask(buffer.subarray(headBytes, usedBytes), buffer.subarray(headBytes - 4, headBytes));
  const frame: ClientFrame = kind === 'data' || kind === 'ping' ? { kind, payload } : { kind };
  return { kind: 'frame', frame, usedBytes };
}

/** The head of an unmasked frame from the server. Opcode 2: binary, 10: pong. */
export function serverFrameHead(opcode: 2 | 10, length: number): Buffer {
  if (length < 126) return Buffer.of(0x80 | opcode, length);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
