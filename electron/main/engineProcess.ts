import { type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';

import { systemClock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import { type EngineWork, type ToMain, type ToUtility, toMain } from '../../shared/wire/hostMessages.ts';
import { Recovery } from './recovery.ts';
import type { SecretVault } from './secretVault.ts';

const MOST_DEATHS = 5; // within a minute: a start that fails at once must not loop
const DEATHS_WITHIN_MS = 60_000;
const MOST_WAITING_PORTS = 16; // one page asks for one at a time
const MOST_WAITING_LAUNCHES = 16; // as many as the engine keeps

export interface EngineProcessOptions {
  /** The bundle of the utility host. */
  readonly modulePath: string;
  readonly vault: SecretVault;
  /** Brings the window to the front, or opens one. */
  readonly show: () => void;
  /** Told when the engine is ready, then with every change; undefined when it is gone. */
  readonly onWork: (work: EngineWork | undefined) => void;
  readonly onDeath: (code: number) => void;
  /** What it writes to its standard error. */
  readonly onWords: (text: string) => void;
  /** It died too often; `again` has it tried all the same. */
  readonly onGivenUp: (again: () => void) => void;
  readonly start: Omit<Extract<ToUtility, { kind: 'start' }>, 'kind' | 'vault'>;
}

/**
 * The engine in a utility process. It is started when the first page asks for it, which has drawn its first picture by
 * then and would share its processor otherwise; again when it dies (a little later each time), and
 * no more once it died too often in a minute: ports are closed at once then, which tells the page, until the minute is
 * over or the person has it tried again.
 */
export class EngineProcess implements Disposable {
  readonly #options: EngineProcessOptions;
  readonly #recovery = new Recovery({
    clock: systemClock,
    most: MOST_DEATHS,
    withinMs: DEATHS_WITHIN_MS,
    start: () => this.#startWherePossible(),
    giveUp: () => this.#handleGivenUp(),
  });
  #child: UtilityProcess | undefined;
  #isReady = false;
  #isEnded = false;
  #waiting: MessagePortMain[] = [];
  #launches: string[] = [];

  constructor(options: EngineProcessOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Hands a page's port to the engine, starting it where needed. The port is closed when there can be no engine. */
  connect(port: MessagePortMain): void {
    if (!this.#child && !this.#recovery.isPending) this.#startWherePossible();
    if (!(this.#child || this.#recovery.isPending) || this.#waiting.length >= MOST_WAITING_PORTS) port.close();
    else if (this.#isReady) this.#send({ kind: 'link' }, [port]);
    else this.#waiting.push(port);
  }

  /** Hands over a link, or the path of a connection file. It is kept for an engine that is not there yet. */
  launch(text: string): void {
    if (this.#isReady) this.#send({ kind: 'launch', text });
    else if (this.#launches.length < MOST_WAITING_LAUNCHES) this.#launches.push(text);
  }

  /** The machine falls asleep or has woken up. */
  setAsleep(isAsleep: boolean): void {
    if (this.#isReady) this.#send({ kind: 'power', isAsleep });
  }

  /** Lets the engine drain and waits for its exit, for `deadlineMs` at most; then it is ended. */
  async close(deadlineMs: number): Promise<void> {
    this.#isEnded = true;
    this.#recovery.dispose();
    const child = this.#child;
    if (!child) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      systemClock.timer(deadlineMs, resolve);
    });
    this.#send({ kind: 'close', deadlineMs });
    await ended;
    this.dispose();
  }

  dispose(): void {
    this.#isEnded = true;
    this.#recovery.dispose();
    this.#closeWaiting();
    this.#child?.kill();
  }

  #startWherePossible(): void {
    if (this.#isEnded || this.#child || !this.#recovery.mayStart) return;
    const { modulePath, vault, start } = this.#options;
    const child = utilityProcess.fork(modulePath, [], {
      serviceName: 'Sluice engine',
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.#options.onWords(chunk.toString());
    });
    this.#child = child;
    this.#isReady = false;
    child.on('message', (message: unknown) => this.#handleMessage(child, message));
    child.once('exit', (code) => this.#handleExit(child, code));
    this.#send({ kind: 'start', vault: vault.state, ...start });
  }

  #handleExit(child: UtilityProcess, code: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#isReady = false;
    this.#options.onWork(undefined);
    if (this.#isEnded) return;
    this.#options.onDeath(code);
    this.#recovery.died();
  }

  #handleGivenUp(): void {
    this.#closeWaiting();
    this.#options.onGivenUp(() => this.#recovery.again());
  }

  #handleMessage(child: UtilityProcess, message: unknown): void {
    if (this.#child !== child) return;
    const parsed = toMain.safeParse(message);
    if (!parsed.success) console.error('A message of the engine process was not understood and dropped.');
    else if (parsed.data.kind === 'ready') this.#handleReady();
    else if (parsed.data.kind === 'show') this.#options.show();
    else if (parsed.data.kind === 'work') this.#options.onWork(parsed.data.work);
    else void this.#answer(parsed.data);
  }

  #handleReady(): void {
    this.#isReady = true;
    const ports = this.#waiting;
    this.#waiting = [];
    for (const port of ports) this.#send({ kind: 'link' }, [port]);
    for (const text of this.#launches.splice(0)) this.#send({ kind: 'launch', text });
  }

  /** Does what the engine asks of the vault. Its answer names no secret when it failed. */
  async #answer(call: Exclude<ToMain, { kind: 'ready' | 'show' | 'work' }>): Promise<void> {
    const { vault } = this.#options;
    const { id } = call;
    try {
      const secret = call.kind === 'vault.read' ? await vault.read(call.name) : undefined;
      if (call.kind === 'vault.write') await vault.write(call.name, call.secret);
      if (call.kind === 'vault.remove') await vault.remove(call.name);
      if (call.kind === 'vault.keepUnprotected') await vault.keepUnprotected(call.isAllowed);
      this.#send(secret === undefined ? { kind: 'vault.done', id } : { kind: 'vault.done', id, secret });
    } catch (error) {
      this.#send({ kind: 'vault.failed', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #send(message: ToUtility, ports: MessagePortMain[] = []): void {
    this.#child?.postMessage(message, ports);
  }

  #closeWaiting(): void {
    for (const port of this.#waiting) port.close();
    this.#waiting = [];
  }
}
