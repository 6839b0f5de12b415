import { AppError } from '../../../shared/base/errors.ts';
import type { HttpAnswer } from '../api/httpTypes.ts';
import { HeadCollector, type HttpHead, notHttp, statusOf } from '../net/httpHead.ts';

const MOST_BODY_BYTES = 256 << 10; // a UPID, or an error's words

/** Collects one answer out of chunks, also one byte at a time. Not compressed and not chunked: we ask for neither. */
export class AnswerCollector {
  readonly #place: string;
  readonly #collector: HeadCollector;
  #head: HttpHead | undefined;
  #body: Buffer[] = [];
  #bodyBytes = 0;

  constructor(place: string) {
    this.#place = place;
    this.#collector = new HeadCollector(place);
  }

  /** The answer, once it is whole. Throws `protocol` or `limit`. */
  push(chunk: Uint8Array): HttpAnswer | undefined {
    let rest = chunk;
    if (!this.#head) {
      const found = this.#collector.push(chunk);
      if (!found) return undefined;
      this.#head = found.head;
      rest = chunk.subarray(found.usedBytes);
    }
    this.#body.push(Buffer.from(rest));
    this.#bodyBytes += rest.length;
    if (this.#bodyBytes > MOST_BODY_BYTES) throw new AppError('limit', `${this.#place} answered with too much.`);
    const length = this.#head.fields.get('content-length');
    return length !== undefined && this.#bodyBytes >= Number(length)
      ? this.#build(this.#head, Number(length))
      : undefined;
  }

  /** No more comes: what there is, where that is an answer. */
  end(): HttpAnswer | undefined {
    const length = this.#head?.fields.get('content-length');
    if (!this.#head || (length !== undefined && this.#bodyBytes < Number(length))) return undefined;
    return this.#build(this.#head, this.#bodyBytes);
  }

  #build(head: HttpHead, bodyBytes: number): HttpAnswer {
    const status = statusOf(head);
    if (!status) throw notHttp(this.#place);
    const contentType = head.fields.get('content-type') ?? '';
    return { ...status, contentType, body: Buffer.concat(this.#body).subarray(0, bodyBytes) };
  }
}
