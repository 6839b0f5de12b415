import { connect, type Socket } from 'node:net';

import { until } from './until.ts';

/** A viewer's side of CONNECT, byte for byte. */
export class ConnectClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  isClosed = false;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('error', () => {}); // a reset is a close too
    this.socket.on('close', () => {
      this.isClosed = true;
    });
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  ask(
    authority: string,
    { version = '1.0', host = authority }: { version?: string; host?: string | undefined } = {},
  ): void {
    this.send(`CONNECT ${authority} HTTP/${version}\r\nHost: ${host}\r\n\r\n`);
  }

  async says(text: string): Promise<void> {
    await until(() => this.text.includes(text) || this.isClosed, `“${text}”, not “${this.text.slice(0, 200)}”`);
    if (!this.text.includes(text)) throw new Error(`it closed after “${this.text.slice(0, 200)}”`);
  }

  async closed(): Promise<string> {
    await until(() => this.isClosed, 'its close');
    return this.text;
  }

  destroy(): void {
    this.socket.destroy();
  }
}
