import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { parseConsoleLink } from '../../../shared/codec/link/consoleLink.ts';
import { parseViewerFile, type ViewerFile } from '../../../shared/codec/viewerFile/viewerFile.ts';
import { readTitle, readViewerTarget, type ViewerTarget } from '../../../shared/codec/viewerFile/viewerTarget.ts';
import { formatAddress } from '../../../shared/base/hostPort.ts';
import type { ConsoleTarget } from '../../../shared/model/console.ts';
import type { Launch } from '../../../shared/model/launch.ts';
import type { Endpoints } from '../console/endpoints.ts';
import type { LogSink } from '../deps.ts';
import type { SessionService } from '../session/sessionService.ts';
import type { ViewerService } from '../viewer/viewerService.ts';

const MOST_WAITING = 16; // a page that opens links by itself fills no memory and no screen
const WAITS_MS = 10 * 60_000; // a ticket in a file is good for 40 s; a link may wait for a sign-in
const MOST_FILE_BYTES = 64 << 10; // a real one has some 3,000

export interface LaunchesOptions {
  readonly clock: Clock;
  readonly sessions: SessionService;
  readonly viewers: ViewerService;
  readonly endpoints: Endpoints;
  readonly log: LogSink;
}

/** What accepting a launch opened. */
export type Launched =
  | { readonly kind: 'console'; readonly target: ConsoleTarget; readonly view: 'vnc' }
  | { readonly kind: 'viewer'; readonly viewer: string }
  | { readonly kind: 'guest' };

interface Waiting {
  readonly launch: Launch;
  readonly file?: { readonly content: ViewerFile; readonly target: ViewerTarget } | undefined;
  readonly timer: Disposable;
}

/**
 * Links and connection files that the system handed to the app. Each is read strictly and then waits for a person: no
 * connection is made before a page says so. Secrets of a file stay here.
 */
export class Launches implements Disposable {
  readonly #options: LaunchesOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #onChanged = new Emitter<void>();
  readonly #store = new DisposableStore();
  readonly onChanged = this.#onChanged.event;

  constructor(options: LaunchesOptions) {
    this.#options = options;
  }

  list(): Launch[] {
    return [...this.#waiting.values()].map(({ launch }) => launch);
  }

  /** A `sluice:` link, or the path of a `.vv` file. What is wrong with it waits to be read, as everything else does. */
  async ask(text: string): Promise<void> {
    if (this.#waiting.size >= MOST_WAITING) {
      this.#options.log.write('warn', 'launch', 'Too many links and files wait for an answer; one was left out.');
      return;
    }
    const isLink = /^sluice:/i.test(text);
    try {
      if (isLink) this.#add('link', { kind: 'guest', ...this.#readLink(text) });
      else await this.#askFile(text);
    } catch (error) {
      const { message } = AppError.from(error);
      this.#add(isLink ? 'link' : 'file', { kind: 'refused', message });
    }
  }

  /** Opens what waited. Fails with `not-found` where it waits no more, and as viewers do. */
  async accept(id: string, signal: AbortSignal): Promise<Launched> {
    const waiting = this.#take(id);
    const { file, launch } = waiting;
    if (!file) return { kind: 'guest' };
    const { content, target } = file;
    if (target.protocol === 'spice') {
      const { viewer } = await this.#options.viewers.openFile({ file: content, target }, signal);
      return { kind: 'viewer', viewer };
    }
    const label = launch.what.kind === 'endpoint' ? (launch.what.title ?? launch.what.address) : target.address;
    const address = { host: target.host, port: target.port ?? 0 };
    const endpointId = this.#options.endpoints.add({
      ...{ label, view: 'vnc', password: content.password ?? '' },
      endpoint: { kind: 'tcp', address },
      trust: { isSystemTrusted: false }, // it has no certificate
    });
    return {
      kind: 'console',
      view: 'vnc',
      target: { kind: 'endpoint', clusterId: '', endpointId, label, view: 'vnc' },
    };
  }

  dismiss(id: string): void {
    if (this.#waiting.has(id)) this.#take(id);
  }

  dispose(): void {
    for (const id of [...this.#waiting.keys()]) this.dismiss(id);
    this.#store.dispose();
    this.#onChanged.dispose();
  }

  #readLink(text: string): {
    clusterId: string;
    guest: string;
    view?: NonNullable<ReturnType<typeof parseConsoleLink>['view']>;
  } {
    const { cluster, guest, view } = parseConsoleLink(text);
    const wanted = cluster.toLowerCase(); // browsers write what stands at a host's place in small letters
    const all = this.#options.sessions.describe();
    const found = all.find((one) =>
      [one.name, one.address, one.address.replace(/:\d+$/, '')].some((name) => name.toLowerCase() === wanted),
    );
    if (!found) {
      throw new AppError(
        'not-found',
        `This link leads to a cluster “${cluster}”, which is not in your list. Add it, then open the link again.`,
      );
    }
    return { clusterId: found.id, guest, ...(view === undefined ? {} : { view }) };
  }

  async #askFile(path: string): Promise<void> {
    const content = parseViewerFile(await readSmall(path));
    const target = readViewerTarget(content);
    // It was asked to go as soon as it was read, and holds a password that is good once.
    if (content.deleteThisFile) await rm(path, { force: true });
    const title = readTitle(content);
    const { protocol, address, proxy, isEncrypted } = target;
    const via = proxy && formatAddress(proxy);
    const what = {
      kind: 'endpoint' as const,
      protocol,
      address,
      isEncrypted,
      ...(via && { via }),
      ...(title && { title }),
    };
    this.#add('file', what, { content, target });
  }

  #add(from: Launch['from'], what: Launch['what'], file?: Waiting['file']): void {
    const id = randomUUID();
    const timer = this.#store.add(this.#options.clock.timer(WAITS_MS, () => this.dismiss(id)));
    this.#waiting.set(id, { launch: { id, from, what }, file, timer });
    this.#onChanged.fire();
  }

  #take(id: string): Waiting {
    const waiting = this.#waiting.get(id);
    if (!waiting) throw new AppError('not-found', 'This link or file waits no more. Open it again.');
    this.#waiting.delete(id);
    this.#store.release(waiting.timer);
    this.#onChanged.fire();
    return waiting;
  }
}

/** Throws `invalid` for what is no file or too large, `not-found` where there is none. */
async function readSmall(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  // Opening a pipe would wait for whoever writes into it.
  if (found && !found.isFile())
    throw new AppError('invalid', 'This is not a connection file for a viewer, but a folder or a device.');
  const handle = await open(path, 'r').catch(() => undefined);
  if (!handle) throw new AppError('not-found', 'The connection file is not there any more, or cannot be read.');
  try {
    const { size } = await handle.stat();
    if (size > MOST_FILE_BYTES)
      throw new AppError('invalid', 'This is not a connection file for a viewer. It is too long.');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
