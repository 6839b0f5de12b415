import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { AppError } from '../../../shared/base/errors.ts';

const MOST_HELD_BYTES = 512 << 10; // what the server itself takes of anything but an upload (PVE wire facts 11.7)

export interface SizedBody {
  readonly body: Uint8Array | Readable | undefined;
  readonly bytes: number;
}

/**
 * A client's body with its length, which the server insists on (PVE wire facts 11.8). Small ones are read before a
 * socket to the server is taken: a slow client holds none. Larger ones stream. `limit` where one of unknown length
 * does not fit.
 */
export async function sizedBody(request: IncomingMessage): Promise<SizedBody> {
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const length = Number(request.headers['content-length'] ?? 0);
  if (!isChunked && length === 0) return { body: undefined, bytes: 0 };
  if (!isChunked && length > MOST_HELD_BYTES) return { body: request, bytes: length };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Not destroyed when we stop early: its socket still has to carry our answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_HELD_BYTES) {
      throw new AppError('limit', 'A body of unknown length may have 512 KiB here. Send it with Content-Length.');
    }
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks), bytes };
}
