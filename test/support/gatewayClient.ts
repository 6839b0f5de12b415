import { Agent, type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The port it came from: the same for requests of one kept connection. */
  readonly localPort: number;
}

export interface Ask extends RequestOptions {
  readonly body?: string | Uint8Array;
}

/** One request as a script would send it, over `agent` or a connection of its own that it closes. */
export function ask(door: { url: string; token: string }, path: string, options: Ask = {}): Promise<Answer> {
  const { body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const all = { Authorization: `Bearer ${door.token}`, ...(headers as Record<string, string>) };
    const outgoing = request(`${door.url}${path}`, { agent: false, ...rest, headers: all }, (incoming) => {
      const localPort = incoming.socket.localPort ?? 0;
      const chunks: Uint8Array[] = [];
      incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, localPort });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** One kept connection. */
export const keptConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });
