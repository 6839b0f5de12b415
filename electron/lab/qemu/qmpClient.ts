import { createConnection, type Socket } from 'node:net';

export type QmpValue = unknown;

interface Pending {
  resolve(value: QmpValue): void;
  reject(error: Error): void;
}

// QEMU's answers to what we ask are small; a line beyond this is not QMP.
const MAX_LINE_BYTES = 1 << 20;

/** QEMU's control channel: one JSON document a line. Answers come in order of the commands, with events between. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #pending: Pending[] = [];
  readonly #onEvent: (name: string) => void;
  #line: Buffer = Buffer.alloc(0);
  #hasGreeted = false;
  #onGreeting: (() => void) | undefined;
  #closed: Error | undefined;

  private constructor(socket: Socket, onEvent: (name: string) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('QEMU closed its control channel')));
  }

  /** Connects to QEMU's socket and leaves its negotiation mode. */
  static async connect(path: string, onEvent: (name: string) => void): Promise<QmpClient> {
    const socket = createConnection(path);
    const client = new QmpClient(socket, onEvent);
    await client.#greeting();
    await client.execute('qmp_capabilities');
    return client;
  }

  /** Fails with QEMU's own words, or when the channel closes first. */
  execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<QmpValue> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#end(new Error('the control channel was closed'));
  }

  #greeting(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve: () => undefined, reject });
      this.#onGreeting = () => {
        this.#pending.shift();
        resolve();
      };
    });
  }

  #receive(chunk: Buffer): void {
    this.#line = this.#line.length === 0 ? chunk : Buffer.concat([this.#line, chunk]);
    for (let end = this.#line.indexOf(10); end >= 0; end = this.#line.indexOf(10)) {
      const text = this.#line.toString('utf8', 0, end);
      this.#line = this.#line.subarray(end + 1);
      this.#handle(text);
    }
    if (this.#line.length > MAX_LINE_BYTES) this.#socket.destroy(new Error('a line of QMP without end'));
  }

  #handle(text: string): void {
    const message = parsed(text);
    if (!message) return;
    if ('QMP' in message && !this.#hasGreeted) {
      this.#hasGreeted = true;
      this.#onGreeting?.();
    } else if (typeof message['event'] === 'string') this.#onEvent(message['event']);
    else if ('return' in message) this.#pending.shift()?.resolve(message['return']);
    else if ('error' in message)
      this.#pending.shift()?.reject(new Error(`QEMU refused: ${errorText(message['error'])}`));
  }

  #end(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not for us
  }
}

function errorText(error: unknown): string {
  const text = typeof error === 'object' && error !== null && 'desc' in error ? error.desc : error;
  return typeof text === 'string' ? text : JSON.stringify(text);
}
