import { request } from 'node:https';
import { PassThrough } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';

import type { GuestBackend } from '../../../electron/lab/guestBackend.ts';
import { type Lab, type LabOptions, startLab } from '../../../electron/lab/lab.ts';
import type { LabQuirks } from '../../../electron/lab/quirks.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { turn, until } from '../../support/until.ts';
import { duplexPair, type FakeStream } from './fakeStream.ts';

/** A guest whose two streams the test holds the other end of. */
export class FakeGuest implements GuestBackend {
  readonly kind = 'embedded';
  readonly screens: FakeStream[] = [];
  readonly serials: FakeStream[] = [];
  readonly passwords: string[] = [];
  readonly sizes: string[] = [];
  readonly #exits: (() => void)[] = [];
  isRunning = false;

  start(): Promise<void> {
    this.isRunning = true;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.isRunning = false;
    return Promise.resolve();
  }

  onExit(listener: () => void): void {
    this.#exits.push(listener);
  }

  /** As `poweroff` inside. */
  exit(): void {
    this.isRunning = false;
    for (const listener of this.#exits) listener();
  }

  openScreen(password: string): ReturnType<GuestBackend['openScreen']> {
    this.passwords.push(password);
    const [ours, theirs] = duplexPair();
    this.screens.push(ours);
    return Promise.resolve(theirs);
  }

  openSerial(): ReturnType<GuestBackend['openSerial']> {
    const [ours, theirs] = duplexPair();
    this.serials.push(ours);
    return Promise.resolve(theirs);
  }

  resizeSerial(cols: number, rows: number): void {
    this.sizes.push(`${cols}x${rows}`);
  }

  screendump(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(0));
  }

  dispose(): Promise<void> {
    for (const stream of [...this.screens, ...this.serials]) stream.destroy();
    return Promise.resolve();
  }
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Parsed, where it is JSON. */
  readonly json: { data?: unknown; message?: string; errors?: Record<string, string>; total?: number };
}

/** A TLS connection that sends what it is told, byte for byte. */
export class RawConnection {
  readonly #socket: TLSSocket;
  readonly #chunks: Buffer[] = [];
  isClosed = false;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.on('error', () => undefined); // a reset is a close too
    socket.on('close', () => {
      this.isClosed = true;
    });
  }

  static async open(lab: Lab): Promise<RawConnection> {
    const [host = '', port = ''] = lab.address.split(':');
    const socket = connect({ host, port: Number(port), ca: lab.caPem, servername: 'localhost' });
    const connection = new RawConnection(socket);
    await until(() => socket.authorized || connection.isClosed, 'the handshake');
    return connection;
  }

  /** Joined when asked for: a flood would be copied again with every chunk. */
  get received(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks));
    return this.#chunks[0] as Buffer;
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Drops the first bytes of what came. */
  skip(count: number): void {
    this.#chunks.splice(0, this.#chunks.length, this.received.subarray(count));
  }

  /** The next whole answer; what is behind it stays. */
  async answer(): Promise<Answer> {
    let whole = parseAnswer(this.received, this.isClosed);
    await until(() => {
      whole = parseAnswer(this.received, this.isClosed);
      return whole !== undefined || this.isClosed;
    }, 'an answer');
    if (whole === undefined) throw new Error('the connection closed without an answer');
    this.skip(whole.usedBytes);
    return whole.answer;
  }

  async closed(): Promise<void> {
    await until(() => this.isClosed, 'the close');
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function parseAnswer(bytes: Buffer, isClosed: boolean): { answer: Answer; usedBytes: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('utf8', 0, end).split('\r\n');
  const [, status = '', reason = ''] = /^HTTP\/1\.[01] (\d+) ?(.*)$/.exec(first) ?? [];
  const headers = new Map(lines.map((line) => line.split(': ') as [string, string]));
  const length = Number(headers.get('Content-Length') ?? 0);
  const usedBytes = end + 4 + length;
  if (bytes.length < usedBytes && !isClosed) return undefined;
  const body = bytes.toString('utf8', end + 4, usedBytes);
  const json = body.startsWith('{') ? (JSON.parse(body) as Answer['json']) : {};
  return { answer: { status: Number(status), reason, headers, body, json }, usedBytes };
}

/** Quick, quiet and the same every time. */
const calm: Partial<LabQuirks> = {
  authDelayMs: 0,
  resourcesLagMs: 0,
  liveUsage: false,
  looseTypes: false,
  taskPace: 1,
};

/** A lab in fake time with guests the test plays. */
export class LabBench {
  readonly lab: Lab;
  readonly clock: FakeClock;
  readonly guests: ReadonlyMap<number, FakeGuest>;
  readonly #connections: RawConnection[] = [];

  constructor(lab: Lab, clock: FakeClock, guests: ReadonlyMap<number, FakeGuest>) {
    this.lab = lab;
    this.clock = clock;
    this.guests = guests;
  }

  static async start(quirks: Partial<LabQuirks> = {}, options: LabOptions = {}): Promise<LabBench> {
    const clock = new FakeClock();
    const guests = new Map<number, FakeGuest>();
    const lab = await startLab({
      life: false,
      clock,
      createBackend: ({ vmid }) => {
        const guest = new FakeGuest();
        guests.set(vmid, guest);
        return guest;
      },
      ...options,
      quirks: { ...calm, ...quirks },
    });
    return new LabBench(lab, clock, guests);
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await this.lab.close();
  }

  async connect(): Promise<RawConnection> {
    const connection = await RawConnection.open(this.lab);
    this.#connections.push(connection);
    return connection;
  }

  /** Sends raw bytes on a connection of its own and reads one answer. */
  async raw(bytes: string): Promise<Answer> {
    const connection = await this.connect();
    connection.send(bytes);
    return connection.answer();
  }

  /** As a well-behaved client would, with the token unless other headers are given. */
  async call(
    method: string,
    path: string,
    form?: Readonly<Record<string, string | number>>,
    headers: Readonly<Record<string, string>> = { Authorization: this.lab.apiToken },
  ): Promise<Answer> {
    const body = form === undefined ? '' : encodeForm(form);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    if (method === 'POST' || method === 'PUT') lines.push(`Content-Length: ${body.length}\r\n`);
    if (body !== '') lines.push('Content-Type: application/x-www-form-urlencoded\r\n');
    return this.raw(`${method} /api2/json${path} HTTP/1.1\r\nHost: lab\r\n${lines.join('')}\r\n${body}`);
  }

  /** The data of a call that has to succeed. */
  async data<T>(method: string, path: string, form?: Readonly<Record<string, string | number>>): Promise<T> {
    const answer = await this.call(method, path, form);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.reason}`);
    return answer.json.data as T;
  }

  async login(username = this.lab.username, password = this.lab.password): Promise<Login> {
    const answer = await this.call('POST', '/access/ticket', { username, password }, {});
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.reason}`);
    return answer.json.data as Login;
  }

  /** Moves time in steps, with turns of the loop between, till the condition holds. */
  async advanceUntil(condition: () => boolean, stepMs = 100, mostMs = 600_000): Promise<void> {
    for (let ms = 0; !condition(); ms += stepMs) {
      if (ms > mostMs) throw new Error(`nothing in ${mostMs} ms of fake time`);
      await this.clock.advanceAsync(stepMs);
      await turn();
    }
  }
}

export interface Login {
  readonly username: string;
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
  readonly cap?: Record<string, Record<string, 1>>;
  readonly NeedTFA?: number;
  readonly clustername?: string;
}

export const encodeForm = (form: Readonly<Record<string, string | number>>): string =>
  Object.entries(form)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');

export const cookieOf = (login: Pick<Login, 'ticket'>): string => `PVEAuthCookie=${encodeURIComponent(login.ticket)}`;

/** With Node's own client, as an independent judge of what comes over the wire. */
export function nodeRequest(
  lab: Lab,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${lab.baseUrl}${path}`, { ca: lab.caPem, headers, agent: false }, (response) => {
      const body = new PassThrough();
      const chunks: Buffer[] = [];
      response.pipe(body);
      body.on('data', (chunk: Buffer) => chunks.push(chunk));
      body.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}
