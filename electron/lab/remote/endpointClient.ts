import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';

import { WebSocket } from 'ws';

import type { TargetEndpoint } from './targetEndpoint.ts';

const CONNECT_MS = 10_000;

/** What the source of a remote migration does at its target: API calls and tunnels, each a TLS connection of its own. */
export class EndpointClient {
  readonly #target: TargetEndpoint;

  constructor(target: TargetEndpoint) {
    this.#target = target;
  }

  /** With a fingerprint the host's name counts nothing and only the leaf does (PVE wire facts 8.1). */
  #open(): Promise<TLSSocket> {
    const { host, port, fingerprint } = this.#target;
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        rejectUnauthorized: fingerprint === undefined,
        ALPNProtocols: ['http/1.1'],
      });
      socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('Connection timed out')));
      socket.once('error', (error: Error) =>
        reject(new Error(`500 Can't connect to ${host}:${port} (${error.message})`)),
      );
      socket.once('secureConnect', () => {
        socket.setTimeout(0);
        const shown = socket.getPeerCertificate().fingerprint256;
        if (fingerprint === undefined || shown === fingerprint.toUpperCase()) return resolve(socket);
        socket.destroy();
        reject(new Error(`500 Can't connect to ${host}:${port} (fingerprint '${shown}' not verified, abort!)`));
      });
    });
  }

  async call<T>(method: 'GET' | 'POST', path: string, form: Readonly<Record<string, string>> = {}): Promise<T> {
    const socket = await this.#open();
    const body = new URLSearchParams(form).toString();
    const headers = {
      Authorization: this.#target.apiToken,
      Connection: 'close',
      ...(method === 'POST' && { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length }),
    };
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request(
        { createConnection: () => socket, method, path: `/api2/json${path}`, headers },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const reason = `${answer.statusCode} ${answer.statusMessage}`;
            const isOk = answer.statusCode === 200;
            resolve({ status: answer.statusCode ?? 0, text: isOk ? Buffer.concat(chunks).toString() : reason });
          });
        },
      );
      asked.on('error', reject);
      asked.end(method === 'POST' ? body : undefined);
    });
    if (status !== 200) throw new Error(text);
    return (JSON.parse(text) as { data: T }).data;
  }

  /** A tunnel into the target's socket. */
  async tunnel(folder: string, socketPath: string, ticket: string): Promise<WebSocket> {
    const query = `socket=${encodeURIComponent(socketPath)}&ticket=${encodeURIComponent(ticket)}`;
    return await this.webSocket(`${folder}/mtunnelwebsocket?${query}`);
  }

  async webSocket(path: string): Promise<WebSocket> {
    const socket = await this.#open();
    const { host, port, apiToken } = this.#target;
    const url = `wss://${host}:${port}/api2/json${path}`;
    const tunnel = new WebSocket(url, 'binary', {
      createConnection: () => socket,
      headers: { Authorization: apiToken },
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    await new Promise<void>((resolve, reject) => {
      tunnel.once('open', resolve);
      tunnel.once('error', reject);
    });
    tunnel.on('error', () => {}); // whoever waits is told by the close
    return tunnel;
  }
}
