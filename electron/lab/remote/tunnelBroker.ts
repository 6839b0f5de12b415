import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { TicketOffice } from '../auth/tickets.ts';
import type { LabCluster } from '../cluster/cluster.ts';
import type { GuestKind } from '../cluster/model.ts';
import { type ProxyMeter, WebSocketProxy } from '../console/webSocketProxy.ts';
import { duplexPair } from '../guests/duplexPair.ts';
import { ApiError } from '../http/apiError.ts';
import type { LabQuirks } from '../quirks.ts';
import type { TaskContext } from '../tasks/task.ts';
import type { TaskEngine } from '../tasks/taskEngine.ts';
import { IncomingGuest } from './incomingGuest.ts';

const WAIT_MS = 300_000; // of the worker, for its control connection (PVE wire facts 8.2)

/** One data connection of a migration, as the target saw it. */
export interface TunnelStream {
  readonly socketPath: string;
  bytes: number;
  /** Of all that came, once it ended. */
  sha256: string | undefined;
  isOpen: boolean;
}

export interface TunnelDeps {
  readonly clock: Clock;
  readonly quirks: LabQuirks;
  readonly tickets: TicketOffice;
  readonly tasks: TaskEngine;
  readonly cluster: LabCluster;
}

interface Tunnel {
  readonly authId: string;
  readonly socketPath: string;
  readonly guest: IncomingGuest;
  readonly streams: Set<string>;
  readonly finish: (error?: string) => void;
  isTaken: boolean;
}

export interface MtunnelRequest {
  readonly node: string;
  readonly type: GuestKind;
  readonly vmid: number;
  readonly authId: string;
}

/** The target's side of remote migrations: workers that wait for their tunnels, and what comes through them. */
export class TunnelBroker {
  readonly #deps: TunnelDeps;
  readonly #tunnels = new Map<string, Tunnel>();
  readonly #live = new Set<WebSocketProxy>();
  /** Newest last. */
  readonly streams: TunnelStream[] = [];

  constructor(deps: TunnelDeps) {
    this.#deps = deps;
  }

  open(request: MtunnelRequest): { upid: string; ticket: string; socket: string } {
    const { cluster, tasks } = this.#deps;
    const { node, type, vmid, authId } = request;
    if (cluster.guests.has(vmid)) throw new ApiError(500, `Guest with ID '${vmid}' already exists on remote cluster`);
    const folder = type === 'qemu' ? 'qemu-server' : 'lxc';
    const socketPath = `/run/${folder}/${vmid}.mtunnel`;
    const guest = new IncomingGuest(cluster, { node, type, vmid }, this.#deps.clock);
    let finish: (error?: string) => void = () => undefined;
    const over = new Promise<string | undefined>((resolve) => {
      finish = resolve;
    });
    const start = { node, type: type === 'qemu' ? 'qmtunnel' : 'vzmtunnel', id: String(vmid), user: authId };
    const task = tasks.start(start, (context) => this.#work(context, socketPath, guest, over));
    this.#tunnels.set(socketPath, { authId, socketPath, guest, streams: new Set(), finish, isTaken: false });
    return { upid: task.upid, ticket: this.#ticket(authId, socketPath), socket: socketPath };
  }

  isTicket(ticket: string, authId: string, socketPath: string): boolean {
    return this.#deps.tickets.isTunnelTicket(ticket, `${authId}:/socket/${socketPath}`);
  }

  /** The backend behind a socket; undefined: nobody listens there. */
  connect(socketPath: string): Duplex | undefined {
    const control = this.#tunnels.get(socketPath);
    if (control) return control.isTaken ? undefined : this.#startControl(control);
    const owner = [...this.#tunnels.values()].find(({ streams }) => streams.has(socketPath));
    return owner && this.#startStream(socketPath);
  }

  join(client: Duplex, early: Buffer, backend: Duplex): void {
    const meter: ProxyMeter = {
      path: 'mtunnel',
      bytesToClient: 0,
      bytesToBackend: 0,
      pings: 0,
      violation: undefined,
      isOpen: true,
    };
    const proxy = new WebSocketProxy(client, backend, this.#deps.quirks, meter);
    this.#live.add(proxy);
    client.once('close', () => this.#live.delete(proxy));
    proxy.start(early);
  }

  cutAll(): void {
    for (const proxy of this.#live) proxy.cut();
    for (const tunnel of this.#tunnels.values()) tunnel.finish('got signal');
  }

  #ticket(authId: string, socketPath: string): string {
    return this.#deps.tickets.tunnel(`${authId}:/socket/${socketPath}`);
  }

  /** The worker: ends with the control connection, and frees what was made unless the source said that it is done. */
  async #work(task: TaskContext, path: string, guest: IncomingGuest, over: Promise<string | undefined>): Promise<void> {
    task.log('mtunnel started');
    guest.onCommand = (cmd) => task.log(`received command '${cmd}'`);
    let patience: Disposable | undefined;
    const tooLate = new Promise<string>((resolve) => {
      patience = this.#deps.clock.timer(WAIT_MS, () => {
        if (this.#tunnels.get(path)?.isTaken === false) resolve('mtunnel: no connection within 300 s');
      });
      task.signal.addEventListener('abort', () => resolve('interrupted by signal'), { once: true });
    });
    const error = await Promise.race([over, tooLate]);
    patience?.dispose();
    this.#tunnels.delete(path);
    for (const volume of guest.cleanUp()) task.log(`freeing volume '${volume}' as part of cleanup`);
    if (error !== undefined) throw new Error(error);
    task.log('mtunnel exited');
  }

  #startControl(tunnel: Tunnel): Duplex {
    tunnel.isTaken = true;
    const [ours, theirs] = duplexPair();
    let text = '';
    ours.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) ours.write(`${JSON.stringify(this.#answer(tunnel, line))}\n`);
      if (tunnel.guest.isQuit) ours.end();
    });
    ours.on('error', () => {});
    ours.once('close', () => tunnel.finish());
    ours.once('end', () => tunnel.finish());
    return theirs;
  }

  #answer(tunnel: Tunnel, line: string): Readonly<Record<string, unknown>> {
    try {
      const request = JSON.parse(line) as Record<string, unknown>;
      if (request['cmd'] === 'ticket') {
        const path = String(request['path']);
        if (!tunnel.streams.has(path)) throw new Error(`not allowed to generate ticket for unknown socket '${path}'`);
        return { success: true, ticket: this.#ticket(tunnel.authId, path) };
      }
      const { reply, sockets } = tunnel.guest.handle(request);
      for (const socket of sockets) tunnel.streams.add(socket);
      return { success: true, ...reply };
    } catch (error) {
      return { success: false, msg: error instanceof Error ? error.message : String(error) };
    }
  }

  #startStream(socketPath: string): Duplex {
    const [ours, theirs] = duplexPair();
    const stream: TunnelStream = { socketPath, bytes: 0, sha256: undefined, isOpen: true };
    this.streams.push(stream);
    const sum = createHash('sha256');
    const finish = () => {
      if (!stream.isOpen) return;
      stream.isOpen = false;
      stream.sha256 = sum.digest('hex');
    };
    ours.on('data', (chunk: Buffer) => {
      stream.bytes += chunk.length;
      sum.update(chunk);
    });
    ours.on('error', () => {});
    ours.once('end', () => {
      finish();
      ours.end();
    });
    ours.once('close', finish);
    return theirs;
  }
}
