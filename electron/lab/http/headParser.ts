export interface RequestHead {
  readonly method: string;
  /** As sent, query included. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Lower-case names. Repeated headers are joined by `, `. */
  readonly headers: ReadonlyMap<string, string>;
}

export type HeadStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'head'; readonly head: RequestHead }
  | { readonly kind: 'error'; readonly status: number; readonly reason: string }
  /** The server gave up without a word: it never answers and closes when nothing comes for a while. */
  | { readonly kind: 'stuck' };

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const MAX_HEADER_LINES = 64; // exclusive
const MAX_HEADER_BYTES = 8192; // exclusive, all lines together
const MORE: HeadStep = { kind: 'more' };

/** Reads a request's head line by line, as the Perl server does, with its limits (PVE wire facts 11). */
export class HeadParser {
  #method = '';
  #target = '';
  #version: '1.0' | '1.1' = '1.1';
  readonly #headers = new Map<string, string>();
  #lastName = '';
  #lines = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#method === '';
  }

  /** Bytes of an unfinished line count too. */
  isTooLong(pendingBytes: number): boolean {
    return this.#bytes + pendingBytes >= MAX_HEADER_BYTES;
  }

  /** `line` without its line end. */
  handleLine(line: string): HeadStep {
    return this.#method === '' ? this.#requestLine(line) : this.#headerLine(line);
  }

  #requestLine(line: string): HeadStep {
    if (line === '') return MORE; // empty lines before a request are skipped
    const [, method, target, major, minor] = /^(\S+) (\S+) HTTP\/(\d+)\.(\d+)$/.exec(line) ?? [];
    if (method === undefined || target === undefined) return { kind: 'error', status: 400, reason: 'bad request' };
    if (major !== '1') {
      return { kind: 'error', status: 506, reason: `http protocol version ${major}.${minor} not supported` };
    }
    if (!METHODS.includes(method)) {
      return { kind: 'error', status: 501, reason: `method '${method}' not available` };
    }
    this.#method = method;
    this.#target = target;
    this.#version = minor === '0' ? '1.0' : '1.1';
    return MORE;
  }

  #headerLine(line: string): HeadStep {
    if (line === '') return { kind: 'head', head: this.#head() };
    this.#lines += 1;
    this.#bytes += line.length + 2;
    if (this.#lines >= MAX_HEADER_LINES || this.#bytes >= MAX_HEADER_BYTES) return { kind: 'stuck' };
    const [, name, value = ''] = /^([^:\s]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) this.#addHeader(name.toLowerCase(), value.trimEnd());
    else if (/^\s+\S/.test(line) && this.#lastName !== '') this.#continueHeader(line.trim());
    else return { kind: 'error', status: 506, reason: 'unable to parse request header' };
    return MORE;
  }

  #addHeader(name: string, value: string): void {
    const before = this.#headers.get(name);
    this.#headers.set(name, before === undefined ? value : `${before}, ${value}`);
    this.#lastName = name;
  }

  #continueHeader(text: string): void {
    this.#headers.set(this.#lastName, `${this.#headers.get(this.#lastName) ?? ''} ${text}`);
  }

  #head(): RequestHead {
    return { method: this.#method, target: this.#target, version: this.#version, headers: this.#headers };
  }
}
