import { AppError } from '../../../shared/base/errors.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';
import { ClientMessages, pointerButtons, withoutEncoding } from './clientMessages.ts';

const h264 = 50; // its decoder stops for ever on a frame that fails (noVNC pull requests 2042 and 2074)
const slowUpBytes = 16 * 1024; // more than this on its way: the pointer's path is not worth queueing, its end is
const maxUpBytes = 1 << 20; // a clipboard text, and room for keys

/**
 * A ByteDuplex in the clothes of an RTCDataChannel, which is what noVNC takes in place of a URL. It reads the fields
 * of the object itself and of its class, hence plain fields and methods here.
 */
export class RfbStream {
  binaryType = 'arraybuffer';
  readonly protocol = '';
  readyState: 'open' | 'closed' = 'open';
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: Uint8Array }) => void) | null = null;
  onclose: ((event: object) => void) | null = null;

  readonly #duplex: ByteDuplex;
  readonly #onFull: (error: AppError) => void;
  readonly #messages = new ClientMessages();
  #upBytes = 0;
  #buttons = 0;
  #pointer: Uint8Array | undefined;

  /** `onFull`: the server stopped reading and more than 1 MiB waits for it. */
  constructor(duplex: ByteDuplex, onFull: (error: AppError) => void) {
    this.#duplex = duplex;
    this.#onFull = onFull;
  }

  /** Called by noVNC with a view of its own buffer. */
  send(view: Uint8Array): void {
    if (this.readyState === 'closed') return;
    const type = this.#messages.typeOf(view);
    const buttons = pointerButtons(type, view);
    const message = type === undefined ? view.slice() : withoutEncoding(view.slice(), h264);
    if (buttons !== undefined && buttons === this.#buttons && this.#upBytes > slowUpBytes) {
      this.#pointer = message;
      return;
    }
    if (buttons !== undefined) {
      this.#pointer = undefined;
      this.#buttons = buttons;
    }
    this.#write(message);
  }

  /** Gives noVNC bytes. It has taken or copied them when this returns; throws what noVNC throws. */
  feed(chunk: Uint8Array): void {
    if (this.readyState === 'open') this.onmessage?.({ data: chunk });
  }

  /** noVNC ends it, or the view does. noVNC hears of it afterwards, or it would arm a timer and wait. */
  close(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    queueMicrotask(() => this.onclose?.({}));
  }

  #write(message: Uint8Array): void {
    if (this.#upBytes + message.length > maxUpBytes) {
      this.#onFull(new AppError('limit', 'The server stopped reading what it is sent. Open the console again.'));
      return;
    }
    this.#upBytes += message.length;
    this.#duplex.write(message, () => {
      this.#upBytes -= message.length;
      if (this.#upBytes <= slowUpBytes) this.#writePointer();
    });
  }

  #writePointer(): void {
    const last = this.#pointer;
    this.#pointer = undefined;
    if (last && this.readyState === 'open') this.#write(last);
  }
}
