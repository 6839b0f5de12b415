import type { WebSocket } from 'ws';

type Reply = Readonly<Record<string, unknown>> & { readonly success?: boolean; readonly msg?: string };

/** The source's side of the control tunnel: one JSON object a line, one reply to each (PVE wire facts 8.2). */
export class ControlClient {
  readonly #tunnel: WebSocket;
  readonly #log: (line: string) => void;
  readonly #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  #text = '';

  constructor(tunnel: WebSocket, log: (line: string) => void) {
    this.#tunnel = tunnel;
    this.#log = log;
    tunnel.on('message', (data: Buffer) => this.#take(data.toString()));
    tunnel.on('close', () => {
      for (const one of this.#waiting.splice(0)) one.reject(new Error('tunnel: connection closed'));
    });
  }

  async send<T = Reply>(cmd: string, params: Readonly<Record<string, unknown>> = {}): Promise<T> {
    if (cmd !== 'ticket' && cmd !== 'query-disk-import') this.#log(`tunnel: -> sending command "${cmd}" to remote`);
    const reply = await new Promise<Reply>((resolve, reject) => {
      if (this.#tunnel.readyState !== this.#tunnel.OPEN) return reject(new Error('tunnel: connection closed'));
      this.#waiting.push({ resolve, reject });
      this.#tunnel.send(`${JSON.stringify({ cmd, ...params })}\n`, { binary: true });
    });
    if (cmd !== 'ticket' && cmd !== 'query-disk-import') this.#log('tunnel: <- got reply');
    if (reply.success === false) throw new Error(`remote: ${reply.msg ?? 'command failed'}`);
    return reply as T;
  }

  close(): void {
    this.#tunnel.close();
  }

  #take(text: string): void {
    this.#text += text;
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) this.#waiting.shift()?.resolve(JSON.parse(line) as Reply);
  }
}
