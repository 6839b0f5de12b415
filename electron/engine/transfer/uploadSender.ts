import { abortable, onAbort, throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { StallWatch } from '../../../shared/flow/stallWatch.ts';
import type { Throttle } from '../../../shared/flow/throttle.ts';
import type { HttpAnswer } from '../api/httpTypes.ts';
import type { Transport } from '../net/transport.ts';
import type { OpenFile } from './fileSource.ts';
import { AnswerCollector } from './uploadAnswer.ts';
import type { UploadFrame } from './uploadBody.ts';

const PIECE_BYTES = 1 << 20; // few big reads and writes are what counts
const PIECES = 4; // one is read while others are on their way
const STALL_MS = 4_000; // the server silently drops a connection that brings nothing for 5 s (PVE wire facts 7.1, no. 9)
const ANSWER_MS = 120_000; // from the last byte on: the server may have to flush gigabytes

export interface SendOptions {
  readonly transport: Transport;
  readonly frame: UploadFrame;
  readonly file: OpenFile;
  readonly sizeBytes: number;
  readonly throttle: Throttle;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Bytes of the file that were handed over to the system. */
  readonly onSent: (bytes: number) => void;
  readonly onWaiting: () => void;
}

/**
 * What came of one try. `broken` and `stalled`: not all of it was sent, so that the server has dropped what it got, and
 * another try is safe. `lost`: all of it was sent and no answer came.
 */
export type SendResult =
  | { readonly kind: 'answered'; readonly answer: HttpAnswer }
  | { readonly kind: 'stalled'; readonly recovered: Promise<void> }
  | { readonly kind: 'short' }
  | { readonly kind: 'broken'; readonly error: AppError }
  | { readonly kind: 'lost'; readonly error: AppError };

/**
 * Sends one upload over a connection of its own, and reads while it sends: errors are answered early (facts 7.1,
 * no. 10). Memory is four pieces, reused; the socket's own pace bounds the reading. Ends the connection. Rejects when
 * the signal aborts, and with what the file says.
 */
export async function sendUpload(options: SendOptions): Promise<SendResult> {
  const sender = new Sender(options);
  try {
    return await sender.run();
  } finally {
    sender.dispose();
  }
}

class Sender implements Disposable {
  readonly #options: SendOptions;
  readonly #free: Buffer[] = [];
  readonly #answer: AnswerCollector;
  readonly #stall: StallWatch;
  readonly #settled: Promise<SendResult>;
  readonly #aborting: Disposable;
  #settle: (result: SendResult) => void = () => {};
  #isOver = false;
  #isWhole = false; // the last byte was given to the socket
  #made = 0;
  #underWay = 0;
  #reading: Promise<unknown> = Promise.resolve();
  #onFree: (() => void) | undefined;
  #timer: Disposable | undefined;

  constructor(options: SendOptions) {
    this.#options = options;
    this.#answer = new AnswerCollector(options.transport.label);
    this.#stall = new StallWatch(options.clock, STALL_MS, () => this.#handleStall());
    this.#settled = new Promise((resolve) => {
      this.#settle = (result) => {
        this.#isOver = true;
        this.#onFree?.();
        resolve(result);
      };
    });
    this.#aborting = onAbort(options.signal, () => this.#onFree?.());
    this.#listen();
  }

  async run(): Promise<SendResult> {
    const { signal } = this.#options;
    const sending = this.#send();
    // What goes wrong with the file is nobody else's to tell; the end of the connection is told by `settled`.
    const result = await abortable(Promise.race([this.#settled, sending.then(() => this.#settled)]), signal);
    return result;
  }

  dispose(): void {
    this.#isOver = true;
    this.#aborting.dispose();
    this.#stall.dispose();
    this.#timer?.dispose();
    this.#options.transport.dispose();
  }

  #listen(): void {
    const { transport } = this.#options;
    transport.onData((chunk) => {
      transport.consumed(chunk.length);
      this.#take(() => this.#answer.push(chunk));
    });
    transport.onEnd(() => this.#take(() => this.#answer.end()));
    transport.onClose((reason) => {
      this.#take(() => this.#answer.end());
      this.#break(reason.kind === 'failed' ? reason.error : brokenOff());
    });
    transport.start();
  }

  #take(read: () => HttpAnswer | undefined): void {
    if (this.#isOver) return;
    try {
      const answer = read();
      if (answer) this.#settle({ kind: 'answered', answer });
    } catch (error) {
      this.#break(AppError.from(error));
    }
  }

  #break(error: AppError): void {
    if (!this.#isOver) this.#settle({ kind: this.#isWhole ? 'lost' : 'broken', error });
  }

  async #send(): Promise<void> {
    const { frame, transport, sizeBytes, throttle, signal, file } = this.#options;
    transport.write(frame.head);
    this.#stall.start();
    let position = 0;
    while (position < sizeBytes && !this.#isOver) {
      const buffer = await this.#piece();
      if (this.#isOver) return;
      const wanted = Math.min(buffer.length, throttle.pieceBytes, sizeBytes - position);
      await throttle.take(wanted, signal);
      const reading = file.read(buffer.subarray(0, wanted), position);
      this.#reading = reading;
      const bytes = await reading;
      throwIfAborted(signal);
      if (this.#isOver) return;
      if (bytes === 0) return this.#settle({ kind: 'short' });
      position += bytes;
      this.#write(buffer, bytes);
    }
    if (this.#isOver) return;
    this.#isWhole = true; // from here on the server may have all of it, whatever we are told
    this.#stall.dispose();
    transport.write(frame.tail, () => this.#handleWhole());
  }

  #write(buffer: Buffer, bytes: number): void {
    this.#underWay += 1;
    this.#stall.stop(); // as long as something is on its way, waiting is the server's own doing
    this.#options.transport.write(buffer.subarray(0, bytes), () => {
      this.#underWay -= 1;
      this.#free.push(buffer);
      if (this.#isOver) return;
      if (this.#underWay === 0 && !this.#isWhole) this.#stall.start();
      this.#options.onSent(bytes);
      this.#onFree?.();
    });
  }

  async #piece(): Promise<Buffer> {
    for (;;) {
      const free = this.#free.pop();
      if (free) return free;
      if (this.#made < PIECES) {
        this.#made += 1;
        return Buffer.allocUnsafeSlow(PIECE_BYTES);
      }
      await new Promise<void>((resolve) => {
        this.#onFree = resolve;
        if (this.#isOver || this.#options.signal.aborted) resolve();
      });
      throwIfAborted(this.#options.signal);
      if (this.#isOver) return Buffer.alloc(0);
    }
  }

  #handleWhole(): void {
    if (this.#isOver) return;
    this.#options.onWaiting();
    this.#timer = this.#options.clock.timer(ANSWER_MS, () =>
      this.#break(new AppError('timeout', 'The server got all of the file and did not answer.', { retry: 'later' })),
    );
  }

  /** Nothing is on its way and the file gives nothing: the server ends this before we do, without a word. */
  #handleStall(): void {
    if (this.#isOver) return;
    const recovered = this.#reading.then(
      () => undefined,
      () => undefined,
    );
    this.#settle({ kind: 'stalled', recovered });
  }
}

const brokenOff = () => new AppError('reset', 'The server broke the upload off.', { retry: 'later' });
