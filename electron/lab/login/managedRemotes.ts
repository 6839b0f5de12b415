import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { type RawData, type WebSocket, WebSocketServer } from 'ws';

import { ApiError } from '../http/apiError.ts';
import { EndpointClient } from '../remote/endpointClient.ts';

/** A cluster that a Datacenter Manager manages, as a lab describes itself. */
export interface ManagedRemote {
  readonly address: string;
  readonly fingerprint: string;
  /** Value of an Authorization header. */
  readonly apiToken: string;
}

interface Opened {
  readonly client: EndpointClient;
  /** Where the remote's own WebSocket is. */
  readonly path: string;
  /** Said before anything else: the user never signs in to a terminal (facts 10). */
  readonly greeting: string | undefined;
}

interface Asked {
  readonly method: string;
  readonly path: string;
}

type Row = Readonly<Record<string, unknown>>;

/** What a Datacenter Manager passes on to its remotes: resources, power and consoles (facts 10). */
export class ManagedRemotes {
  readonly #clients: ReadonlyMap<string, EndpointClient>;
  readonly #opened = new Map<string, Opened>();
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'binary' });
  /** Those that do not answer; for tests. */
  readonly away = new Set<string>();

  constructor(remotes: Readonly<Record<string, ManagedRemote>>) {
    this.#clients = new Map(
      Object.entries(remotes).map(([id, { address, fingerprint, apiToken }]) => {
        const [host = '', port = ''] = address.split(':');
        return [id, new EndpointClient({ host, port: Number(port), fingerprint, apiToken })];
      }),
    );
  }

  /** Undefined: something else. */
  async answer({ method, path }: Asked, user: string): Promise<{ data: unknown } | undefined> {
    if (method === 'GET' && path === '/resources/list') return { data: await this.#resources() };
    const [, remote = '', rest = ''] = /^\/pve\/remotes\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const client = this.#clients.get(decodeURIComponent(remote));
    if (!client || method !== 'POST') return undefined;
    const [, type, vmid, verb = ''] = /^(qemu|lxc)\/(\d+)\/(\w+)$/.exec(rest) ?? [];
    const [, node] = /^nodes\/([^/]+)\/termproxy$/.exec(rest) ?? [];
    if (node !== undefined) return { data: await this.#open(client, `/nodes/${node}`, 'termproxy', { user, path }) };
    if (type === undefined) return undefined;
    const base = `/nodes/${await nodeOf(client, Number(vmid))}/${type}/${vmid}`;
    if (verb === 'termproxy' || (verb === 'vncproxy' && type === 'qemu')) {
      return { data: await this.#open(client, base, verb, { user, path }) };
    }
    if (!/^(start|stop|shutdown|resume)$/.test(verb)) return undefined;
    return { data: `pve:${remote}!${await client.call<string>('POST', `${base}/status/${verb}`)}` };
  }

  /** Answered 101 before the remote is even connected; what goes wrong there only closes (facts 10). */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'https://lab');
    const ticket = url.searchParams.get('vncticket') ?? '';
    const key = `${url.pathname.replace(/^\/api2\/json/, '')} ${ticket}`;
    const opened = this.#opened.get(key);
    this.#opened.delete(key); // good for one connection
    this.#sockets.handleUpgrade(request, socket, head, (near) => {
      if (!opened) return near.close();
      void opened.client.webSocket(opened.path).then(
        (far) => join(near, far, opened.greeting),
        () => near.close(),
      );
    });
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  async #resources(): Promise<object[]> {
    return await Promise.all(
      [...this.#clients].map(async ([remote, client]) => {
        if (this.away.has(remote)) return { remote, error: 'client error (Connect)', resources: [] };
        const rows = await client.call<Row[]>('GET', '/cluster/resources');
        return { remote, resources: rows.flatMap((row) => managed(remote, row)) };
      }),
    );
  }

  async #open(client: EndpointClient, base: string, verb: string, asked: { user: string; path: string }) {
    const form: Record<string, string> = verb === 'vncproxy' ? { websocket: '1', 'generate-password': '1' } : {};
    const own = await client.call<{ user: string; ticket: string; port: string; password?: string }>(
      'POST',
      `${base}/${verb}`,
      form,
    );
    const ticket = `PDMVNC:${randomUUID()}`;
    const query = `port=${own.port}&vncticket=${encodeURIComponent(own.ticket)}`;
    this.#opened.set(`${asked.path.replace(/\/\w+$/, '/vncwebsocket')} ${ticket}`, {
      client,
      path: `${base}/vncwebsocket?${query}`,
      greeting: verb === 'termproxy' ? `${own.user}:${own.ticket}\n` : undefined,
    });
    return { user: asked.user, ticket, port: 0, ...(own.password !== undefined && { password: own.password }) };
  }
}

function managed(remote: string, row: Row): object[] {
  const type = String(row['type']);
  if (!['qemu', 'lxc', 'node', 'storage'].includes(type)) return [];
  const id = `remote/${remote}/${type === 'qemu' || type === 'lxc' ? `guest/${String(row['vmid'])}` : String(row['id'])}`;
  const tags = typeof row['tags'] === 'string' ? row['tags'].split(';') : [];
  return [{ ...row, type: `pve-${type}`, id, tags, template: row['template'] === 1 }];
}

async function nodeOf(client: EndpointClient, vmid: number): Promise<string> {
  const rows = await client.call<{ vmid?: number | string; node?: string }[]>('GET', '/cluster/resources');
  const found = rows.find((row) => Number(row.vmid) === vmid);
  if (found?.node === undefined) throw new ApiError(400, `guest ${vmid} not found`);
  return found.node;
}

function join(near: WebSocket, far: WebSocket, greeting: string | undefined): void {
  if (greeting !== undefined) far.send(greeting);
  const pass = (from: WebSocket, to: WebSocket) => {
    from.on('message', (data: RawData) => to.send(data, { binary: true }));
    from.once('close', () => to.close());
    from.on('error', () => to.terminate());
  };
  pass(near, far);
  pass(far, near);
}
