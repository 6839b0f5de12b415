import { AppError } from '../base/errors.ts';
import { BasicLink, defaultMaxFrameBytes, linkLost } from './basicLink.ts';
import type { Link } from './link.ts';

/** What browsers' WebSocket and the `ws` package's have in common. */
export interface WebSocketLike {
  readonly readyState: number;
  binaryType: string;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: 'message' | 'close' | 'error',
    listener: (event: { readonly type: string; readonly data?: unknown; readonly code?: number }) => void,
  ): void;
}

const openState = 1;
const closedState = 3;
const normalClosure = 1000;
const unsupportedData = 1003;

/** A link over an open WebSocket, in a page or in the web host. One binary message is one frame. */
export function createWebSocketLink(
  socket: WebSocketLike,
  options: { readonly label: string; readonly maxFrameBytes?: number },
): Link {
  return new WebSocketLink(socket, options.label, options.maxFrameBytes ?? defaultMaxFrameBytes);
}

class WebSocketLink extends BasicLink {
  readonly #socket: WebSocketLike;

  constructor(socket: WebSocketLike, label: string, maxFrameBytes: number) {
    super(label, maxFrameBytes);
    this.#socket = socket;
    if (socket.binaryType === 'blob') socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', (event) => this.#handleMessage(event.data));
    socket.addEventListener('close', (event) => {
      this.closeWith(event.code === normalClosure ? { kind: 'ended' } : linkLost());
    });
    socket.addEventListener('error', () => undefined); // `close` follows and tells
    if (socket.readyState === closedState) this.closeWith(linkLost());
  }

  protected sendNow(frame: Uint8Array): void {
    if (this.#socket.readyState === openState) this.#socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  protected endNow(): void {
    this.#socket.close(normalClosure);
  }

  #handleMessage(data: unknown): void {
    if (data instanceof Uint8Array) return this.handleFrame(data);
    if (data instanceof ArrayBuffer) return this.handleFrame(new Uint8Array(data));
    this.#socket.close(unsupportedData);
    this.closeWith({ kind: 'failed', error: new AppError('protocol', 'Something came that is no frame.') });
  }
}
