import { randomBytes } from 'node:crypto';

import type { ChecksumAlgorithm, UploadContent } from '../../../shared/model/transfer.ts';
import { headerLine } from '../net/httpHead.ts';

const CRLF = '\r\n';

export interface UploadForm {
  readonly content: UploadContent;
  /** Checked: no character that would need an escape. */
  readonly filename: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}

/** All of an upload's request but the file in its middle. */
export interface UploadFrame {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/**
 * The request around a file. The server reads it by hand (PVE wire facts 7.1): `content`, `checksum-algorithm`,
 * `checksum`, then the file and nothing behind it; `Content-Disposition` first; a boundary without quotes; the length
 * known beforehand. Only the closing delimiter ends the file, so the boundary is one that cannot be in it by chance.
 */
export function frameUpload(
  path: string,
  headers: Readonly<Record<string, string>>,
  form: UploadForm,
  sizeBytes: number,
): UploadFrame {
  const boundary = `sluice-${randomBytes(16).toString('hex')}`;
  const fields: (readonly [string, string])[] = [['content', form.content]];
  if (form.checksum) fields.push(['checksum-algorithm', form.checksum.algorithm], ['checksum', form.checksum.value]);
  const parts = fields.map(
    ([name, value]) =>
      `--${boundary}${CRLF}Content-Disposition: form-data; name="${name}"${CRLF}${CRLF}${value}${CRLF}`,
  );
  const file =
    `--${boundary}${CRLF}Content-Disposition: form-data; name="filename"; filename="${form.filename}"${CRLF}` +
    `Content-Type: application/octet-stream${CRLF}${CRLF}`;
  const before = Buffer.from(parts.join('') + file, 'latin1');
  const tail = Buffer.from(`${CRLF}--${boundary}--${CRLF}`, 'latin1');
  const all = {
    ...headers,
    Accept: 'application/json',
    'Content-Type': `multipart/form-data; boundary=${boundary}`,
    'Content-Length': String(before.length + sizeBytes + tail.length),
    Connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => headerLine(name, value));
  const head = Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1${CRLF}${lines.join('')}${CRLF}`, 'latin1'), before]);
  return { head, tail };
}
