const CRLF = '\r\n';
const MAX_HEAD_BYTES = 16_384; // of one part

/** Why it stopped. `bad`: 400 with nothing in the body. `failed`: 500 with that text. */
export type UploadProblem = { readonly kind: 'bad' } | { readonly kind: 'failed'; readonly text: string };

type State = 'boundary' | 'head' | 'value' | 'file' | 'done' | 'broken';

const FIELDS = ['content', 'checksum-algorithm', 'checksum'] as const;
type Field = (typeof FIELDS)[number];

export interface UploadSink {
  data(bytes: Buffer): void;
}

/**
 * The multipart reader of the upload call, with its order rules (PVE wire facts 7.1): `content`, then
 * `checksum-algorithm`, then `checksum`, the file last; what follows the file belongs to the file until the closing
 * delimiter. LF in place of CRLF, preamble and epilogue pass.
 */
export class UploadParser {
  readonly #open: Buffer;
  readonly #close: Buffer;
  readonly #sink: UploadSink;
  readonly #values = new Map<string, string>();
  #state: State = 'boundary';
  #buffer: Buffer = Buffer.alloc(0);
  #field: Field | undefined;
  #filename: string | undefined;
  #problem: UploadProblem | undefined;

  /** `known`: fields that came with the URL. */
  constructor(boundary: string, known: ReadonlyMap<string, string>, sink: UploadSink) {
    this.#open = Buffer.from(`--${boundary}`, 'latin1');
    this.#close = Buffer.from(`--${boundary}--`, 'latin1');
    this.#sink = sink;
    for (const [name, value] of known) this.#values.set(name, value);
  }

  get problem(): UploadProblem | undefined {
    return this.#problem;
  }

  /** The closing delimiter was seen behind a file. */
  get isDone(): boolean {
    return this.#state === 'done';
  }

  get filename(): string | undefined {
    return this.#filename;
  }

  value(name: Field): string | undefined {
    return this.#values.get(name);
  }

  push(bytes: Buffer): void {
    if (this.#state === 'done' || this.#state === 'broken') return; // an epilogue
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    while (this.#step());
  }

  /** No more bytes come. */
  end(): void {
    if (this.#state !== 'done') this.#fail({ kind: 'failed', text: 'upload failed' });
  }

  #step(): boolean {
    if (this.#state === 'boundary') return this.#stepBoundary();
    if (this.#state === 'head') return this.#stepHead();
    if (this.#state === 'value') return this.#stepValue();
    return this.#state === 'file' && this.#stepFile();
  }

  #fail(problem: UploadProblem): false {
    this.#problem ??= problem;
    this.#state = 'broken';
    this.#buffer = Buffer.alloc(0);
    return false;
  }

  #take(count: number): Buffer {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  #stepBoundary(): boolean {
    const at = this.#buffer.indexOf(this.#open);
    if (at < 0) {
      if (this.#buffer.length > MAX_HEAD_BYTES) return this.#fail({ kind: 'failed', text: 'upload failed' });
      return false;
    }
    const lineEnd = this.#buffer.indexOf(0x0a, at + this.#open.length);
    if (lineEnd < 0) return false;
    this.#take(lineEnd + 1);
    this.#state = 'head';
    return true;
  }

  #stepHead(): boolean {
    const match = /\r?\n\r?\n/.exec(this.#buffer.toString('latin1', 0, MAX_HEAD_BYTES));
    if (match === null) {
      if (this.#buffer.length >= MAX_HEAD_BYTES) return this.#fail({ kind: 'failed', text: 'upload failed' });
      return false;
    }
    const head = this.#take(match.index + match[0].length).toString('latin1');
    return this.#startPart(head);
  }

  #startPart(head: string): boolean {
    const first = head.split(/\r?\n/)[0] ?? '';
    const [, name, filename] =
      /^Content-Disposition: form-data; name="([^"]*)"(?:; filename="([^"]*)")?/i.exec(first) ?? [];
    if (name === undefined) return this.#fail({ kind: 'failed', text: 'upload failed' });
    if (filename !== undefined) return this.#startFile(name, filename);
    if (!this.#isNext(name)) return this.#fail({ kind: 'bad' });
    this.#field = name as Field;
    this.#state = 'value';
    return true;
  }

  /** Each field once, in the fixed order, `content` before anything else. */
  #isNext(name: string): boolean {
    const index = FIELDS.indexOf(name as Field);
    if (index < 0 || this.#values.has(name)) return false;
    return FIELDS.slice(0, index).every((earlier) => this.#values.has(earlier));
  }

  #startFile(name: string, filename: string): boolean {
    if (name !== 'filename') {
      return this.#fail({ kind: 'failed', text: `wrong field name '${name}' for file upload, expected 'filename'` });
    }
    if (!this.#values.has('content')) return this.#fail({ kind: 'bad' });
    this.#filename = filename;
    this.#state = 'file';
    return true;
  }

  #stepValue(): boolean {
    const at = this.#buffer.indexOf(this.#open);
    if (at < 0) {
      if (this.#buffer.length > MAX_HEAD_BYTES) return this.#fail({ kind: 'bad' });
      return false;
    }
    const value = this.#take(at)
      .toString('latin1')
      .replace(/\r?\n$/, '');
    if (this.#field !== undefined) this.#values.set(this.#field, value);
    this.#state = 'boundary';
    return true;
  }

  #stepFile(): boolean {
    const at = this.#buffer.indexOf(this.#close);
    if (at >= 0) {
      this.#sink.data(this.#withoutLineEnd(this.#take(at)));
      this.#buffer = Buffer.alloc(0);
      this.#state = 'done';
      return false;
    }
    const kept = this.#close.length + CRLF.length; // may be the start of the end
    if (this.#buffer.length > kept) this.#sink.data(this.#take(this.#buffer.length - kept));
    return false;
  }

  /** The line end before the closing delimiter belongs to the delimiter. */
  #withoutLineEnd(bytes: Buffer): Buffer {
    if (bytes.at(-1) !== 0x0a) return bytes;
    return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
  }
}
