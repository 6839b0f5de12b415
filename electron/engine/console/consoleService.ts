import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { RfbPageWelcome } from '../../../shared/codec/rfb/pageWelcome.ts';
import type { ConsoleStatus, ConsoleTarget, ConsoleView } from '../../../shared/model/console.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import type { LogSink } from '../deps.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import type { SessionService } from '../session/sessionService.ts';
import { openConsoleTunnel, type OpenTunnel } from './consoleOpening.ts';
import { type Endpoints, openEndpoint } from './endpoints.ts';
import { Prelude } from './prelude.ts';
import { Steps } from './steps.ts';
import type { GuestFinder } from './target.ts';
import { TerminalInput } from './terminalInput.ts';

const PAGE_TIMEOUT_MS = 30_000; // a page that loads its view for the first time
const GOODBYE_MS = 2_000;

export interface ConsoleParams {
  readonly target: ConsoleTarget;
  readonly view: ConsoleView;
  readonly cols: number;
  readonly rows: number;
}

export interface ConsoleServiceOptions {
  readonly clock: Clock;
  readonly sessions: SessionService;
  readonly finder: GuestFinder;
  readonly relays: RelayRegistry;
  readonly endpoints: Endpoints;
  readonly log: LogSink;
}

/** The consoles of one page. They end with its channels. */
export class PageConsoles {
  readonly #options: ConsoleServiceOptions;
  readonly #tell: (status: ConsoleStatus) => void;
  readonly #consoles = new Map<number, OpenConsole>();

  constructor(options: ConsoleServiceOptions, tell: (status: ConsoleStatus) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  open(params: ConsoleParams, channel: Channel): void {
    const console = new OpenConsole(this.#options, params, channel, this.#tell);
    this.#consoles.set(channel.number, console);
    void console.run().finally(() => this.#consoles.delete(channel.number));
  }

  /** Throws `not-found` where the channel has no console. */
  resize(channel: number, cols: number, rows: number): void {
    const console = this.#consoles.get(channel);
    if (!console) throw new AppError('not-found', 'This console is closed.');
    console.resize(cols, rows);
  }
}

/** One console from the click to its end. */
class OpenConsole {
  readonly #options: ConsoleServiceOptions;
  readonly #params: ConsoleParams;
  readonly #channel: Channel;
  readonly #local: Prelude;
  readonly #steps: Steps;
  readonly #abort = new AbortController();
  #size: { cols: number; rows: number };
  #terminal: TerminalInput | undefined;

  constructor(
    options: ConsoleServiceOptions,
    params: ConsoleParams,
    channel: Channel,
    tell: (status: ConsoleStatus) => void,
  ) {
    this.#options = options;
    this.#params = params;
    this.#channel = channel;
    this.#size = { cols: params.cols, rows: params.rows };
    this.#local = new Prelude(channel, options.clock);
    this.#local.onEarlyClose(() => this.#abort.abort());
    this.#steps = new Steps(options.clock, channel.number, tell);
  }

  resize(cols: number, rows: number): void {
    this.#size = { cols, rows };
    this.#terminal?.resize(cols, rows);
  }

  /** Resolves when the console is over, however it ends. */
  async run(): Promise<void> {
    try {
      const open = await this.#open();
      await this.#relay(open);
    } catch (error) {
      const known = AppError.from(error);
      this.#steps.fail(known);
      const { code, message, detail } = known;
      if (code !== 'aborted') this.#options.log.write('warn', 'console', message, { reason: code, ...detail });
      this.#local.close(GOODBYE_MS, { kind: 'failed', error: known });
    }
  }

  async #open(): Promise<OpenTunnel> {
    const { view } = this.#params;
    // The page is greeted while the server is still being asked: no round trip is spent on it.
    const welcome = view === 'vnc' ? this.#local.run(new RfbPageWelcome(), PAGE_TIMEOUT_MS) : Promise.resolve();
    welcome.catch(() => this.#abort.abort());
    const open = await this.#openTunnel(this.#abort.signal);
    try {
      await welcome;
      return open;
    } catch (error) {
      open.tunnel.dispose();
      throw error;
    }
  }

  async #openTunnel(signal: AbortSignal): Promise<OpenTunnel> {
    const { clock, sessions, finder, relays, endpoints } = this.#options;
    const { target, view } = this.#params;
    const steps = this.#steps;
    if (target.kind === 'endpoint') {
      return await openEndpoint({ clock, relays, console: endpoints.get(target.endpointId), steps, signal });
    }
    return await openConsoleTunnel({
      clock,
      budget: relays.budget,
      idleLimits: relays.idleLimits,
      gate: relays.gate,
      session: sessions.get(target.clusterId),
      finder,
      target,
      view,
      steps,
      signal,
    });
  }

  #relay({ place, tunnel, remote }: OpenTunnel): Promise<void> {
    const { clock, relays } = this.#options;
    const { target, view } = this.#params;
    // A plain one is bytes both ways, and has no size to tell.
    const isFramed = view === 'terminal' && target.kind !== 'endpoint';
    const terminal = isFramed ? new TerminalInput(remote, clock) : undefined;
    this.#terminal = terminal;
    this.#steps.open();
    const relay = relays.open({
      label: place.label,
      clusterId: target.clusterId,
      tunnel,
      remote: terminal ?? remote,
      local: this.#local,
      channel: this.#channel.number,
    });
    // A container's terminal shows nothing before it is told a size (PVE wire facts 4.1).
    terminal?.resize(this.#size.cols, this.#size.rows);
    return new Promise((resolve) => relay.onClose(() => resolve()));
  }
}
