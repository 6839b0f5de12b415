import { AppError } from '../../../shared/base/errors.ts';

/** The head of an HTTP/1 message: its first line and its fields. */
export interface HttpHead {
  readonly firstLine: string;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly fields: ReadonlyMap<string, string>;
}

export interface StatusLine {
  readonly status: number;
  /** For people: decoded, one line, 200 characters at most. */
  readonly reason: string;
}

export const MAX_HEAD_BYTES = 16 << 10; // twice of what pveproxy itself takes (PVE wire facts 11, no. 6)

const CR = 13;
const LF = 10;

/** Collects a head out of chunks, also one byte at a time. */
export class HeadCollector {
  readonly #place: string;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(place: string) {
    this.#place = place;
  }

  /**
   * Adds a chunk. Once the head is complete: the head, and how many bytes of this chunk belong to it. Throws
   * `protocol` when it is too long or no HTTP head.
   */
  push(chunk: Uint8Array): { readonly head: HttpHead; readonly usedBytes: number } | undefined {
    const beforeBytes = this.#bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, MAX_HEAD_BYTES + 1 - beforeBytes)]);
    const endBytes = endOfHead(this.#bytes, Math.max(0, beforeBytes - 3));
    if (endBytes === -1) {
      if (this.#bytes.length > MAX_HEAD_BYTES) throw notHttp(this.#place);
      return undefined;
    }
    const head = parseHead(this.#bytes.subarray(0, endBytes - 4));
    if (!head) throw notHttp(this.#place);
    return { head, usedBytes: endBytes - beforeBytes };
  }

  /** True when what came cannot become the answer of an HTTP/1 server any more. */
  get isGarbage(): boolean {
    const expected = 'HTTP/1.';
    const begin = this.#bytes.subarray(0, expected.length).toString('latin1');
    return !expected.startsWith(begin);
  }
}

function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (at >= 3 && bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1;
  }
  return -1;
}

const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

function parseHead(bytes: Buffer): HttpHead | undefined {
  const [firstLine = '', ...lines] = bytes.toString('latin1').split('\r\n');
  const fields = new Map<string, string>();
  for (const line of lines) {
    const match = field.exec(line);
    if (!match) return undefined;
    const name = (match[1] ?? '').toLowerCase();
    const value = match[2] ?? '';
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { firstLine, fields };
}

/** `undefined` where the first line is no status line. */
export function statusOf(head: HttpHead): StatusLine | undefined {
  const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/.exec(head.firstLine);
  if (!match) return undefined;
  const reason = Buffer.from(match[2] ?? '', 'latin1').toString('utf8');
  return { status: Number(match[1]), reason: forPeople(reason) };
}

/** A server's words on one line, without control characters, 200 characters at most. */
export function forPeople(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

/** Throws `invalid` for what would end a header line early. */
export function headerLine(name: string, value: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new AppError('invalid', `The header ${name.slice(0, 40)} cannot be sent. Take line breaks out of it.`);
  }
  return `${name}: ${value}\r\n`;
}

export function notHttp(place: string): AppError {
  return new AppError('protocol', `${place} answered with something else than HTTP. Check the address and the port.`);
}
