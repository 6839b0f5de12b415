import { randomUUID } from 'node:crypto';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { RfbServerLogin } from '../../../shared/codec/rfb/serverLogin.ts';
import type { HostPort } from '../net/address.ts';
import type { Trust } from '../net/trust.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import { openTarget } from '../relay/target.ts';
import type { OpenTunnel } from './consoleOpening.ts';
import { Prelude } from './prelude.ts';
import type { Steps } from './steps.ts';

const MOST_KEPT = 64; // each a few hundred bytes; the oldest goes
const WINDOW_BYTES = 1 << 20; // 8 ms at 1 Gbit/s
const HANDSHAKE_TIMEOUT_MS = 12_000; // as for the screens of clusters

/** A screen that belongs to no cluster: where it is, and what opens it. */
export interface ScreenEndpoint {
  readonly label: string;
  readonly address: HostPort;
  readonly password: string;
}

/** VNC servers that a connection file named and a person agreed to. Kept in memory only. */
export class Endpoints {
  readonly #kept = new Map<string, ScreenEndpoint>();

  /** Returns the id that a page names it with. */
  add(endpoint: ScreenEndpoint): string {
    const id = randomUUID();
    this.#kept.set(id, endpoint);
    for (const oldest of [...this.#kept.keys()].slice(0, -MOST_KEPT)) this.#kept.delete(oldest);
    return id;
  }

  /** Throws `not-found` for one of an earlier run. */
  get(id: string): ScreenEndpoint {
    const endpoint = this.#kept.get(id);
    if (endpoint) return endpoint;
    throw new AppError('not-found', 'Sluice does not keep what a connection file says. Open the file again.');
  }
}

interface EndpointOpening {
  readonly clock: Clock;
  readonly relays: RelayRegistry;
  readonly endpoint: ScreenEndpoint;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

/** Connects to a plain VNC server and signs in. Fails as the connector does, and as `RfbServerLogin`. */
export async function openEndpoint({ clock, relays, endpoint, steps, signal }: EndpointOpening): Promise<OpenTunnel> {
  const { label, address, password } = endpoint;
  steps.begin('tunnel');
  const target = { endpoint: { kind: 'tcp' as const, address }, trust: noTrust };
  const plan = { budget: relays.budget, windowBytes: WINDOW_BYTES, weight: 'interactive' as const };
  const tunnel = await openTarget(target, plan, signal, clock);
  const remote = new Prelude(tunnel.duplex, clock);
  const stop = () => remote.dispose();
  signal.addEventListener('abort', stop, { once: true });
  try {
    steps.begin('handshake');
    if (signal.aborted) stop();
    await remote.run(new RfbServerLogin(password), HANDSHAKE_TIMEOUT_MS);
    return { place: { node: '', base: '', label, guest: undefined }, tunnel, remote };
  } catch (error) {
    tunnel.dispose();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Plain TCP has no certificate. */
const noTrust: Trust = { isSystemTrusted: false };
