import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';

import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { TicketOffice } from '../auth/tickets.ts';
import { ApiError } from '../http/apiError.ts';
import type { LabQuirks } from '../quirks.ts';
import type { TaskContext } from '../tasks/task.ts';
import type { TaskEngine } from '../tasks/taskEngine.ts';
import { Termproxy } from './termproxy.ts';
import { type ProxyMeter, WebSocketProxy } from './webSocketProxy.ts';

const FIRST_PORT = 5900;
const LAST_PORT = 5999;
const KEPT_METERS = 200;

export interface ConsoleRequest {
  /** The node that was asked for it: the port is open there and nowhere else. */
  readonly askedAt: string;
  readonly node: string;
  /** `/vms/100` or `/nodes/pve1`: what the ticket is for. */
  readonly aclPath: string;
  readonly vmid: number | undefined;
  readonly authId: string;
  readonly taskType: string;
}

/** What a proxy call answers. */
export interface OpenedConsole {
  readonly user: string;
  readonly ticket: string;
  readonly port: number;
  readonly upid: string;
  readonly password?: string;
}

/** A worker that waits on its port for its one connection. */
interface Listener {
  readonly request: ConsoleRequest;
  readonly ticket: string;
  connect(): Promise<Duplex>;
  taken: boolean;
  /** Settles when the worker is done with. */
  readonly over: Promise<string | undefined>;
  finish(error?: string): void;
}

interface Live {
  readonly vmid: number | undefined;
  readonly proxy: WebSocketProxy;
}

export interface TerminalBackend {
  readonly banner: string;
  openSerial(): Promise<Duplex>;
  resize(cols: number, rows: number): void;
}

export interface BrokerDeps {
  readonly clock: Clock;
  readonly quirks: LabQuirks;
  readonly tickets: TicketOffice;
  readonly tasks: TaskEngine;
}

/** Eight printable characters from `!` to the backtick (PVE wire facts 3.1). */
const screenPassword = (): string => String.fromCharCode(...[...randomBytes(8)].map((byte) => 0x21 + (byte & 0x3f)));

/** Hands out ports and tickets of consoles, and joins them with WebSockets (PVE wire facts 3 and 4). */
export class ConsoleBroker {
  readonly #deps: BrokerDeps;
  readonly #listeners = new Map<number, Listener>();
  readonly #live = new Set<Live>();
  readonly meters: ProxyMeter[] = [];

  constructor(deps: BrokerDeps) {
    this.#deps = deps;
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** A screen: `open` is called with the RFB password once the client's WebSocket is there. */
  openScreen(request: ConsoleRequest, open: (password: string) => Promise<Duplex>): OpenedConsole {
    const password = this.#deps.tickets.note(screenPassword());
    const isNew = this.#deps.quirks.ticketStyle === 'new';
    const prefix = isNew ? `${password}:` : '';
    const opened = this.#listen(request, prefix, (ticket) => open(ticket.slice(0, 8)));
    return isNew ? { ...opened, password } : opened;
  }

  openTerminal(request: ConsoleRequest, backend: TerminalBackend): OpenedConsole {
    const { clock, quirks } = this.#deps;
    const connect = (ticket: string, finish: (error?: string) => void): Promise<Duplex> =>
      Promise.resolve(
        new Termproxy({
          clock,
          quirks,
          accepts: (user, given) => user === request.authId && given === ticket,
          openSerial: () => backend.openSerial(),
          resize: (cols, rows) => backend.resize(cols, rows),
          banner: backend.banner,
          onEnd: finish,
        }),
      );
    return this.#listen(request, '', connect);
  }

  #freePort(): number {
    for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) if (!this.#listeners.has(port)) return port;
    throw new ApiError(500, `unable to find free port (${FIRST_PORT}-${LAST_PORT})`);
  }

  #boundTo(request: ConsoleRequest, port: number): string {
    const bound = `${request.authId}:${request.aclPath}`;
    return this.#deps.quirks.ticketStyle === 'new' ? `${bound}:${port}` : bound;
  }

  #listen(
    request: ConsoleRequest,
    prefix: string,
    connect: (ticket: string, finish: (error?: string) => void) => Promise<Duplex>,
  ): OpenedConsole {
    const { tasks, tickets } = this.#deps;
    const port = this.#freePort();
    const ticket = prefix + tickets.console(this.#boundTo(request, port));
    let finish: (error?: string) => void = () => undefined;
    const over = new Promise<string | undefined>((resolve) => {
      finish = resolve;
    });
    const start = { node: request.node, type: request.taskType, id: String(request.vmid ?? ''), user: request.authId };
    const task = tasks.start(start, (context) => this.#wait(context, port, over));
    const listener: Listener = { request, ticket, connect: () => connect(ticket, finish), taken: false, over, finish };
    this.#listeners.set(port, listener);
    return { user: request.authId, ticket, port, upid: task.upid };
  }

  /** The worker: ends with the connection, or when nobody came in time. */
  async #wait(task: TaskContext, port: number, over: Promise<string | undefined>): Promise<void> {
    const { clock, quirks } = this.#deps;
    task.log(`waiting for a connection on 127.0.0.1:${port}`);
    let patience: Disposable | undefined;
    const tooLate = new Promise<string>((resolve) => {
      patience = clock.timer(quirks.consoleWaitMs, () => {
        if (this.#listeners.get(port)?.taken === false) resolve('connection timed out');
      });
      task.signal.addEventListener('abort', () => resolve('interrupted by signal'), { once: true });
    });
    const error = await Promise.race([over, tooLate]);
    patience?.dispose();
    // The port is free once it is connected: it may be another worker's by now.
    if (this.#listeners.get(port)?.over === over) this.#listeners.delete(port);
    if (error !== undefined) throw new Error(error);
  }

  /** Does this ticket open that port of that target? */
  isTicket(ticket: string, authId: string, aclPath: string, port: number): boolean {
    const bare = /^(?:.{8}:)?(PVEVNC:.*)$/s.exec(ticket)?.[1];
    if (bare === undefined) return false;
    const { tickets } = this.#deps;
    return [`${authId}:${aclPath}:${port}`, `${authId}:${aclPath}`].some((bound) =>
      tickets.isConsoleTicket(bare, bound),
    );
  }

  /** The backend on that port; undefined: nobody listens (any more). Each listener takes one connection. */
  async connect(port: number, askedAt: string): Promise<{ backend: Duplex; listener: Listener } | undefined> {
    const listener = this.#listeners.get(port);
    if (listener === undefined || listener.request.askedAt !== askedAt) return undefined;
    if (listener.taken || this.#deps.quirks.deadBackend) return undefined;
    listener.taken = true;
    this.#listeners.delete(port);
    try {
      return { backend: await listener.connect(), listener };
    } catch (error) {
      listener.finish(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Relays till one side ends. */
  join(client: Duplex, early: Buffer, backend: Duplex, listener: Listener): void {
    const meter: ProxyMeter = {
      path: listener.request.aclPath,
      bytesToClient: 0,
      bytesToBackend: 0,
      pings: 0,
      violation: undefined,
      isOpen: true,
    };
    this.meters.push(meter);
    if (this.meters.length > KEPT_METERS) this.meters.shift();
    const proxy = new WebSocketProxy(client, backend, this.#deps.quirks, meter);
    const live: Live = { vmid: listener.request.vmid, proxy };
    this.#live.add(live);
    client.once('close', () => {
      this.#live.delete(live);
      listener.finish();
    });
    proxy.start(early);
  }

  /** The guest went away: its streams end. */
  cutGuest(vmid: number): void {
    for (const live of this.#live) if (live.vmid === vmid) live.proxy.cut();
  }

  cutAll(): void {
    for (const live of this.#live) live.proxy.cut();
    for (const listener of this.#listeners.values()) listener.finish('got signal');
    this.#listeners.clear();
  }
}
