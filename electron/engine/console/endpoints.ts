import { randomUUID } from 'node:crypto';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { RfbServerLogin } from '../../../shared/codec/rfb/serverLogin.ts';
import type { ConsoleView } from '../../../shared/model/console.ts';
import type { Trust } from '../net/trust.ts';
import { type Endpoint, formatEndpoint } from '../relay/endpoint.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import { openTarget } from '../relay/target.ts';
import type { OpenTunnel } from './consoleOpening.ts';
import { Prelude } from './prelude.ts';
import type { Steps } from './steps.ts';

const MOST_KEPT = 64; // each a few hundred bytes; the oldest goes
const WINDOW_BYTES = 1 << 20; // 8 ms at 1 Gbit/s
const HANDSHAKE_TIMEOUT_MS = 12_000; // as for the screens of clusters

/** A console that belongs to no cluster: where it is, and what opens it. */
export interface PlainConsole {
  readonly label: string;
  readonly endpoint: Endpoint;
  readonly trust: Trust;
  /** `terminal`: raw bytes both ways, as serial ports have them. */
  readonly view: ConsoleView;
  readonly password: string;
}

/** Consoles that a connection file or a person named. Kept in memory only. */
export class Endpoints {
  readonly #kept = new Map<string, PlainConsole>();

  /** Returns the id that a page names it with; the same again for the same place, with what opens it now. */
  add(console: PlainConsole): string {
    const known = [...this.#kept].find(([, one]) => isSamePlace(one, console));
    const id = known?.[0] ?? randomUUID();
    this.#kept.delete(id);
    this.#kept.set(id, console);
    for (const oldest of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(oldest);
    return id;
  }

  /** Throws `not-found` for one of an earlier run. */
  get(id: string): PlainConsole {
    const console = this.#kept.get(id);
    if (console) return console;
    throw new AppError(
      'not-found',
      'Sluice was started anew and keeps no passwords of addresses and files. Open it again.',
    );
  }
}

const isSamePlace = (one: PlainConsole, other: PlainConsole) =>
  one.view === other.view && JSON.stringify(one.endpoint) === JSON.stringify(other.endpoint);

interface EndpointOpening {
  readonly clock: Clock;
  readonly relays: RelayRegistry;
  readonly console: PlainConsole;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** Connects, and signs in to a screen. Fails as `openTarget` does, and as `RfbServerLogin`. */
export async function openEndpoint(opening: EndpointOpening): Promise<OpenTunnel> {
  const { clock, relays, console, steps, signal } = opening;
  const { label, endpoint, trust, view } = console;
  steps.setNode(formatEndpoint(endpoint));
  steps.begin('tunnel');
  const target = { endpoint, trust, idleLimits: relays.idleLimits };
  const plan = { budget: relays.budget, windowBytes: WINDOW_BYTES, weight: 'interactive' as const };
  const tunnel = await openTarget(target, plan, signal, clock);
  const remote = new Prelude(tunnel.duplex, clock);
  try {
    if (view === 'vnc') await signIn(remote, opening);
    return { place: { node: '', base: '', label, guest: undefined, remote: undefined }, tunnel, remote };
  } catch (error) {
    tunnel.dispose();
    throw error;
  }
}

async function signIn(remote: Prelude, { console, steps, signal }: EndpointOpening): Promise<void> {
  const stop = () => remote.dispose();
  signal.addEventListener('abort', stop, { once: true });
  try {
    steps.begin('handshake');
    if (signal.aborted) stop();
    await remote.run(new RfbServerLogin(console.password), HANDSHAKE_TIMEOUT_MS);
  } catch (error) {
    throw withoutRetry(AppError.from(error), console);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A wrong password does not get better, and servers shut out who tries it often. */
function withoutRetry(error: AppError, { label, password }: PlainConsole): AppError {
  if (error.code !== 'forbidden') return error;
  const { reason } = error.detail ?? {};
  const why = reason === undefined ? '' : ` It said: ${String(reason)}.`;
  const what = password === '' ? 'asks for a password' : 'refused the password';
  return new AppError('login-failed', `${label} ${what}.${why} Give the right one to open it.`, { cause: error });
}
