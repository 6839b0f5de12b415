import type { ErrorInfo } from '../../shared/base/errors.ts';
import type { CloseReason } from '../../shared/flow/duplex.ts';
import type { Channel } from '../../shared/wire/peer.ts';

/** The page's end of a console: keeps what came and answers RFB's greeting as noVNC does. */
export class View {
  readonly channel: Channel;
  text = '';
  bytes = 0;
  chunks: Uint8Array[] = [];
  reason: CloseReason | undefined;
  #step = 0;
  readonly #isVnc: boolean;
  #unread: number[] = [];

  constructor(channel: Channel, isVnc: boolean) {
    this.channel = channel;
    this.#isVnc = isVnc;
    const decoder = new TextDecoder();
    channel.onData((chunk) => {
      this.bytes += chunk.length;
      if (isVnc) this.#greet(chunk);
      else this.text = (this.text + decoder.decode(chunk, { stream: true })).slice(-400_000);
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => channel.end());
    channel.onClose((reason) => {
      this.reason = reason;
    });
    channel.start();
  }

  get error(): ErrorInfo | undefined {
    return this.reason?.kind === 'failed' ? this.reason.error.toInfo() : undefined;
  }

  /** Width and height that ServerInit tells, once it came. */
  get screen(): [number, number] | undefined {
    if (this.#step < 3 || this.#unread.length < 24) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = this.#unread;
    return [(a << 8) | b, (c << 8) | d];
  }

  countOf(text: string): number {
    return this.text.split(text).length - 1;
  }

  type(text: string): void {
    this.channel.write(new TextEncoder().encode(text));
  }

  #greet(chunk: Uint8Array): void {
    this.#unread.push(...chunk);
    const steps = [
      { needs: 12, reply: new TextEncoder().encode('RFB 003.008\n') },
      { needs: 2, reply: Uint8Array.of(1) },
      { needs: 4, reply: Uint8Array.of(1) },
    ];
    for (let step = steps[this.#step]; step && this.#unread.length >= step.needs; step = steps[this.#step]) {
      this.#unread.splice(0, step.needs);
      this.#step += 1;
      this.channel.write(step.reply);
    }
    if (this.#isVnc && this.#unread.length > 1000) this.#unread.length = 1000;
  }
}
