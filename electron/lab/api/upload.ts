import { createHash, type Hash } from 'node:crypto';

import { ApiError } from '../http/apiError.ts';
import type { BodyReceiver, Outcome } from '../http/app.ts';
import type { FormValues } from '../http/form.ts';
import type { LabServices } from '../services.ts';
import { UploadParser } from './uploadParser.ts';

export const uploadPattern = /^\/nodes\/([^/]+)\/storage\/([^/]+)\/upload$/;

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const ENDINGS = {
  iso: /\.(?:iso|img)$/i,
  vztmpl: /\.tar(?:\.(?:gz|xz|zst|bz2))?$/,
  import: /^[A-Za-z0-9.+=_-]+\.(?:ova|qcow2|raw|vmdk)$/,
} as const;
type Content = keyof typeof ENDINGS;

export interface UploadCall {
  readonly services: LabServices;
  readonly authId: string;
  readonly path: string;
  /** Of the URL. */
  readonly fields: FormValues;
  readonly contentType: string;
  /** Turns what came of it into an answer. */
  answer(result: unknown, error: unknown): Promise<Outcome>;
}

/** The server's own normalization: no path, and nothing but plain characters (PVE wire facts 7.1). */
const normalize = (filename: string): string => filename.replace(/^.*[/\\]/, '').replace(/[^A-Za-z0-9_.-]/g, '_');

const isContent = (content: string): content is Content => Object.hasOwn(ENDINGS, content);

/** Takes an upload's body. Nothing is kept but its size and its sums: the lab has no disk. */
class Upload implements BodyReceiver {
  readonly #call: UploadCall;
  readonly #parser: UploadParser;
  readonly #sha256 = createHash('sha256');
  #hash: Hash | undefined;
  #sizeBytes = 0;

  constructor(call: UploadCall, boundary: string) {
    this.#call = call;
    const known = new Map([...call.fields].map(([name, value]) => [name, String(value)]));
    this.#parser = new UploadParser(boundary, known, { data: (bytes) => this.#handleData(bytes) });
  }

  #handleData(bytes: Buffer): void {
    this.#sizeBytes += bytes.length;
    this.#sha256.update(bytes);
    const algorithm = this.#parser.value('checksum-algorithm');
    if (algorithm === undefined || algorithm === 'sha256' || !ALGORITHMS.includes(algorithm)) return;
    this.#hash ??= createHash(algorithm);
    this.#hash.update(bytes);
  }

  write(piece: Buffer, done: (early?: Promise<Outcome>) => void): void {
    this.#parser.push(piece);
    if (this.#parser.problem !== undefined) {
      done(this.#refuse());
      return;
    }
    const { clock, quirks } = this.#call.services;
    if (quirks.uploadBytesPerSecond === 0) done();
    else clock.timer((piece.length / quirks.uploadBytesPerSecond) * 1000, () => done());
  }

  #refuse(): Promise<Outcome> {
    const { problem } = this.#parser;
    if (problem?.kind === 'failed') return this.#call.answer(undefined, new ApiError(500, problem.text));
    return Promise.resolve({ kind: 'respond', response: { status: 400, reason: 'Bad Request' } });
  }

  async end(): Promise<Outcome> {
    this.#parser.end();
    if (this.#parser.problem !== undefined) return this.#refuse();
    try {
      return await this.#call.answer(this.#finish(), undefined);
    } catch (error) {
      return this.#call.answer(undefined, error);
    }
  }

  dispose(): void {
    this.#sizeBytes = 0;
  }

  #finish(): string {
    const { services, authId, path } = this.#call;
    const [, node = '', storage = ''] = uploadPattern.exec(path) ?? [];
    const content = this.#parser.value('content') ?? '';
    const target = services.cluster.storage(storage);
    if (!isContent(content)) {
      throw ApiError.parameters({
        content: `value '${content}' does not have a value in the enumeration 'iso, vztmpl, import'`,
      });
    }
    if (!target.content.split(',').includes(content)) {
      throw new ApiError(500, `storage '${storage}' does not support '${content}' content`);
    }
    const filename = normalize(this.#parser.filename ?? '');
    if (!ENDINGS[content].test(filename)) throw ApiError.parameters({ filename: 'wrong file extension' });
    const sha256 = this.#sha256.digest('hex');
    const checksum = this.#checksum(sha256);
    return services.operations.importFile({
      node: services.cluster.node(node).name,
      storage,
      content,
      filename,
      sizeBytes: this.#sizeBytes,
      sha256,
      ...(checksum === undefined ? {} : { checksum }),
      user: authId,
    }).upid;
  }

  /** Each of the two needs the other. */
  #checksum(sha256: string): { expected: string; actual: string } | undefined {
    const algorithm = this.#parser.value('checksum-algorithm');
    const expected = this.#parser.value('checksum');
    if (algorithm === undefined && expected === undefined) return undefined;
    if (algorithm === undefined)
      throw ApiError.parameters({ 'checksum-algorithm': "missing property - 'checksum' requires this property" });
    if (expected === undefined)
      throw ApiError.parameters({ checksum: "missing property - 'checksum-algorithm' requires this property" });
    if (!ALGORITHMS.includes(algorithm)) {
      throw ApiError.parameters({
        'checksum-algorithm': `value '${algorithm}' does not have a value in the enumeration '${ALGORITHMS.join(', ')}'`,
      });
    }
    const actual = algorithm === 'sha256' ? sha256 : (this.#hash ?? createHash(algorithm)).digest('hex');
    return { expected, actual };
  }
}

/** Undefined: the server waits for something that never comes, and closes without an answer. */
export function createUpload(call: UploadCall): BodyReceiver | undefined {
  const [, boundary] = /^multipart\/form-data\b.*?;\s*boundary=(\S+)/i.exec(call.contentType) ?? [];
  if (boundary === undefined || call.fields.has('tmpfilename')) return undefined;
  return new Upload(call, boundary.replace(/;.*$/, ''));
}
