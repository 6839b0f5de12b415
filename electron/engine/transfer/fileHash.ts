import { createHash } from 'node:crypto';

import { throwIfAborted } from '../../../shared/base/abort.ts';
import type { ChecksumAlgorithm } from '../../../shared/model/transfer.ts';
import { changedError, type FileSource } from './fileSource.ts';

const PIECE_BYTES = 512 << 10; // 0.3 ms of SHA-256 at a time: consoles of the same process go on

export interface HashOptions {
  readonly files: FileSource;
  readonly path: string;
  readonly algorithm: ChecksumAlgorithm;
  readonly signal: AbortSignal;
  readonly onRead: (bytes: number) => void;
}

/** Reads a file once and gives its sum in hex. The next piece is read while one is summed. */
export async function hashFile({ files, path, algorithm, signal, onRead }: HashOptions): Promise<string> {
  const before = await files.look(path);
  const file = await files.open(path);
  const hash = createHash(algorithm);
  const buffers = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)] as const;
  let position = 0;
  try {
    let turn = 0;
    let bytes = await file.read(buffers[0], 0);
    while (bytes > 0) {
      throwIfAborted(signal);
      const piece = (buffers[turn] as Buffer).subarray(0, bytes);
      position += bytes;
      turn = 1 - turn;
      const next = file.read(buffers[turn] as Buffer, position);
      hash.update(piece);
      onRead(bytes);
      bytes = await next;
    }
  } finally {
    await file.close();
  }
  const after = await files.look(path);
  if (position !== before.sizeBytes || after.modifiedAtMs !== before.modifiedAtMs) throw changedError(path);
  return hash.digest('hex');
}
