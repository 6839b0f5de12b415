import { createHash, randomBytes } from 'node:crypto';

import { until } from '../../support/until.ts';
import { encodeForm, type LabBench, type RawConnection } from './labBench.ts';

export interface OpenedConsole {
  readonly user: string;
  readonly ticket: string;
  readonly port: string | number;
  readonly upid: string;
  readonly password?: string;
  readonly cert?: string;
}

export interface ClientFrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  readonly reserved?: number;
}

/** A client's frame, right or wrong. */
export function clientFrame(payload: string | Uint8Array, options: ClientFrameOptions = {}): Buffer<ArrayBuffer> {
  const { opcode = 2, isFinal = true, isMasked = true, reserved = 0 } = options;
  const bytes = Buffer.from(payload);
  const long = bytes.length > 65_535 ? 8 : bytes.length > 125 ? 2 : 0;
  const head = Buffer.alloc(2 + long + (isMasked ? 4 : 0));
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (long === 8 ? 127 : long === 2 ? 126 : bytes.length);
  if (long === 2) head.writeUInt16BE(bytes.length, 2);
  if (long === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  if (!isMasked) return Buffer.concat([head, bytes]);
  const mask = randomBytes(4);
  mask.copy(head, head.length - 4);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (bytes[at] as number) ^ (mask[at & 3] as number);
  return Buffer.concat([head, bytes]);
}

export interface ServerFrame {
  readonly first: number;
  readonly payload: Buffer;
}

/** Reads whole frames off the head of what came. */
export function takeFrames(connection: RawConnection): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (;;) {
    const bytes = connection.received;
    const short = (bytes[1] ?? 0) & 0x7f;
    const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < headLength) return frames;
    const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < headLength + length) return frames;
    frames.push({ first: bytes[0] ?? 0, payload: Buffer.from(bytes.subarray(headLength, headLength + length)) });
    connection.skip(headLength + length);
  }
}

export const socketRequest = (
  bench: LabBench,
  path: string,
  opened: Pick<OpenedConsole, 'port' | 'ticket'>,
  headers: Readonly<Record<string, string | undefined>> = {},
): string => {
  const all = {
    Host: 'lab',
    Authorization: bench.lab.apiToken,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'binary',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  const query = encodeForm({ port: opened.port, vncticket: opened.ticket });
  return `GET /api2/json${path}/vncwebsocket?${query} HTTP/1.1\r\n${lines.join('')}\r\n`;
};

export const acceptKey = createHash('sha1')
  .update('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11')
  .digest('base64');

/** A console's connection past its handshake. `early` goes out behind the request, before the answer. */
export async function openSocket(
  bench: LabBench,
  path: string,
  opened: OpenedConsole,
  early = Buffer.alloc(0),
): Promise<RawConnection> {
  const connection = await bench.connect();
  connection.send(Buffer.concat([Buffer.from(socketRequest(bench, path, opened)), early]));
  const answer = await connection.answer();
  if (answer.status !== 101) throw new Error(`upgrade: ${answer.status} ${answer.reason}`);
  return connection;
}

/** Collects payload bytes till there are that many. */
export async function readPayload(connection: RawConnection, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  await until(() => {
    for (const { payload } of takeFrames(connection)) {
      pieces.push(payload);
      total += payload.length;
    }
    return total >= length;
  }, `${length} bytes of payload`);
  return Buffer.concat(pieces);
}
