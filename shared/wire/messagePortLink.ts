import { AppError } from '../base/errors.ts';
import { BasicLink, defaultMaxFrameBytes, linkLost } from './basicLink.ts';
import type { Link } from './link.ts';

interface PortEvent {
  readonly data?: unknown;
}

/** Ports of browsers and of Node's worker_threads. */
interface TargetPort {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  start(): void;
  close(): void;
  addEventListener(type: 'message' | 'close' | 'messageerror', listener: (event: PortEvent) => void): void;
}

/** Ports of Electron's main and utility processes. They take no transfer of buffers. */
interface EmitterPort {
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
  on(event: 'message', listener: (event: PortEvent) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

export type MessagePortLike = TargetPort | EmitterPort;

export interface MessagePortLinkOptions {
  readonly label: string;
  readonly maxFrameBytes?: number;
  /** Hands buffers over in place of copying them. Both ends must be in one runtime: not into Electron's processes. */
  readonly canTransfer?: boolean;
}

/** A link over a message port. One message is one frame. The port's owner must not have started it. */
export function createMessagePortLink(port: MessagePortLike, options: MessagePortLinkOptions): Link {
  return new MessagePortLink(port, options);
}

class MessagePortLink extends BasicLink {
  readonly #port: MessagePortLike;
  readonly #canTransfer: boolean;

  constructor(port: MessagePortLike, options: MessagePortLinkOptions) {
    super(options.label, options.maxFrameBytes ?? defaultMaxFrameBytes);
    this.#port = port;
    this.#canTransfer = options.canTransfer ?? false;
    const handleMessage = (event: PortEvent) => this.#handleMessage(event.data);
    const handleClose = () => this.closeWith(linkLost());
    if ('addEventListener' in port) {
      port.addEventListener('message', handleMessage);
      port.addEventListener('messageerror', () => this.#handleMessage(undefined));
      port.addEventListener('close', handleClose);
    } else {
      port.on('message', handleMessage);
      port.on('close', handleClose);
    }
  }

  protected override startNow(): void {
    this.#port.start();
  }

  protected sendNow(frame: Uint8Array): void {
    if (this.#canTransfer && 'addEventListener' in this.#port && frame.byteLength === frame.buffer.byteLength) {
      this.#port.postMessage(frame, [frame.buffer as ArrayBuffer]);
    } else this.#port.postMessage(frame);
  }

  /** `null` is our word for an orderly close: not every port tells its other end. */
  protected endNow(): void {
    this.#port.postMessage(null);
    this.#port.close();
  }

  #handleMessage(data: unknown): void {
    if (data instanceof Uint8Array) return this.handleFrame(data);
    if (data instanceof ArrayBuffer) return this.handleFrame(new Uint8Array(data));
    if (data === null) return this.closeWith({ kind: 'ended' });
    this.closeWith({ kind: 'failed', error: new AppError('protocol', 'Something came that is no frame.') });
  }
}
