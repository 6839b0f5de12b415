import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { GuestBackend } from '../../electron/lab/guestBackend.ts';
import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';
import { freeSpicePort } from '../../electron/lab/qemu/spiceServer.ts';
import { EngineBench, type EngineBenchOptions, type PageState } from './engineBench.ts';
import { until } from './until.ts';

/** What a viewer of ours found when it was started. */
export interface ViewerReport {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly stdin: string;
  readonly env: readonly string[];
  readonly files: readonly { path: string; mode: number; folderMode: number; hex: string }[];
}

// Says what it was handed, then stays until it is ended; or ends at once with the code it is told.
const script = `#!${process.execPath}
const fs = require('node:fs');
const path = require('node:path');
const argv = process.argv.slice(2);
const stdin = argv.includes('-') ? fs.readFileSync(0, 'utf8') : '';
const modeOf = (one) => fs.statSync(one).mode & 0o777;
const files = argv.filter((one) => one.startsWith('/')).map((one) => ({
  path: one, mode: modeOf(one), folderMode: modeOf(path.dirname(one)), hex: fs.readFileSync(one).toString('hex'),
}));
const report = { pid: process.pid, argv, stdin, env: Object.keys(process.env), files };
const name = path.join(__dirname, path.basename(__filename) + '.report');
fs.writeFileSync(name + '.part', JSON.stringify(report));
fs.renameSync(name + '.part', name);
const code = process.env.FAKE_VIEWER_EXIT;
if (code !== undefined) process.exit(Number(code));
setInterval(() => {}, 60_000);
`;

/** An engine whose machine has only viewers of ours, and a lab whose guest 100 has a SPICE server of ours. */
export class ViewerBench {
  readonly folder: string;
  readonly bench: EngineBench;
  readonly page: PageState;
  readonly spice: FakeSpice;

  constructor(folder: string, bench: EngineBench, page: PageState, spice: FakeSpice) {
    this.folder = folder;
    this.bench = bench;
    this.page = page;
    this.spice = spice;
  }

  static async start(
    programs: readonly string[],
    env: Record<string, string> = {},
    options: EngineBenchOptions = {},
  ): Promise<ViewerBench> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-viewers-'));
    for (const name of programs) {
      writeFileSync(join(folder, name), script);
      chmodSync(join(folder, name), 0o755);
    }
    const spice = await FakeSpice.listen();
    const createBackend = ({ vmid, name }: { vmid: number; name: string }): GuestBackend =>
      vmid === 100 ? spice.give(createEmbeddedGuest({ vmid, name })) : createEmbeddedGuest({ vmid, name });
    const deps = { programs: { platform: 'linux', env: { PATH: folder, ELECTRON_RUN_AS_NODE: '1', ...env } } };
    const bench = await EngineBench.start({ life: false, createBackend, deps, ...options });
    return new ViewerBench(folder, bench, await bench.signedIn(), spice);
  }

  open(
    guestId: string,
    protocol: 'spice' | 'vnc',
    options: { signal?: AbortSignal } = {},
  ): Promise<{ viewer: string }> {
    const opened = this.page.page.call('viewer.open', { clusterId: this.page.cluster.id, guestId, protocol }, options);
    opened.catch(() => {}); // looked at by the test, later
    return opened;
  }

  /** Waits for a viewer to have been started. */
  async report(name: string): Promise<ViewerReport> {
    const path = join(this.folder, `${name}.report`);
    await until(() => existsSync(path), `a report of ${name}`);
    const report = JSON.parse(readFileSync(path, 'utf8')) as ViewerReport;
    rmSync(path);
    return report;
  }

  async close(): Promise<void> {
    await this.bench.close();
    this.spice.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** Stands where QEMU's SPICE port would be. */
export class FakeSpice {
  readonly passwords: string[] = [];
  readonly sockets: Socket[] = [];
  /** What to do with a channel; it says back what it hears where the test sets nothing. */
  handle: (socket: Socket) => void = (socket) => socket.pipe(socket);
  readonly #server: Server;
  readonly port: number;

  constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async listen(): Promise<FakeSpice> {
    const port = await freeSpicePort();
    const server = createServer((socket) => {
      socket.on('error', () => {});
      spice.sockets.push(socket);
      spice.handle(socket);
    });
    const spice: FakeSpice = new FakeSpice(server, port);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return spice;
  }

  give(guest: GuestBackend): GuestBackend {
    return Object.assign(guest, {
      allowSpice: (password: string) => {
        this.passwords.push(password);
        return Promise.resolve(this.port);
      },
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
