import type { Clock } from '../../../shared/base/clock.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { ApiClient } from '../api/apiClient.ts';
import type { Trust } from '../net/trust.ts';
import type { ClusterRecord } from './clusterRecord.ts';
import { Connection, trustOf, withAuthority } from './connection.ts';
import { findAnswering, type WayIn } from './findAnswering.ts';
import { MovingPool } from './movingPool.ts';

const LOOKS_APART_MS = 10_000; // after one in vain: nodes that are away are not asked without end

export interface ClusterRouteOptions {
  readonly clock: Clock;
  /** As it is now: another certificate or node may have been learned. */
  readonly record: () => ClusterRecord;
  /** Whether looking for another node makes sense. */
  readonly isActive: () => boolean;
  /** Throws where nothing may be sent. */
  readonly requireTrust: () => void;
  readonly onAnswer: (connection: Connection, status: number) => void;
  readonly onConnectError: (connection: Connection, error: AppError) => void;
}

/** By which node a cluster is reached: one connection at a time, and another one when that does not answer. */
export class ClusterRoute implements Disposable {
  /** Goes to the node of the moment, and moves what may be moved. */
  readonly api: ApiClient;
  readonly #options: ClusterRouteOptions;
  readonly #life = new AbortController();
  #connection: Connection;
  #looking: Promise<boolean> | undefined;
  #lookedInVainAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ClusterRouteOptions) {
    this.#options = options;
    this.#connection = this.open();
    const pool = new MovingPool({
      current: () => {
        options.requireTrust();
        return this.#connection;
      },
      elsewhere: (from) => this.moveOn(from),
    });
    this.api = new ApiClient({
      pool,
      credentials: () => this.#connection.credentials,
      onAnswer: (status) => options.onAnswer(this.#connection, status),
    });
  }

  get connection(): Connection {
    return this.#connection;
  }

  /** How the listed address is trusted. */
  get trust(): Trust {
    const { isPinned, fingerprint, authorityPem } = this.#options.record();
    const isNamed = authorityPem !== undefined && !isPinned;
    return withAuthority(
      isNamed ? { isSystemTrusted: false } : trustOf(isPinned ? fingerprint : undefined),
      this.#trustedCa,
    );
  }

  /** A new connection, which reports to the owner and is not the route's own yet. */
  open(way?: WayIn, trust?: Trust): Connection {
    const { clock, record, onAnswer, onConnectError } = this.#options;
    const { address, product } = record();
    const connection: Connection = new Connection({
      address: way?.address ?? address,
      node: way,
      trust: trust ?? (way ? withAuthority(trustOf(way.fingerprint), this.#trustedCa) : this.trust),
      clock,
      ...(product && { product }),
      onAnswer: (status) => onAnswer(connection, status),
      onConnectError: (error) => onConnectError(connection, error),
    });
    return connection;
  }

  /** For a login when the listed address does not answer: one to another node that does, if there is any. */
  async openElsewhere(): Promise<Connection | undefined> {
    const { nodes = [], address } = this.#options.record();
    const found = await this.#find(nodes.filter((node) => node.address !== address));
    return found?.connection;
  }

  /** A login made this one; it takes the place of the one before. */
  use(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection.dispose();
    this.#connection = connection;
  }

  /** The same way under the trust of now. What is under way ends by itself. */
  renew(way = this.#connection.node): void {
    const { credentials, certificate } = this.#connection;
    this.#connection.retire();
    this.#connection = this.open(way);
    this.#connection.certificate = certificate;
    this.#connection.credentials = credentials;
  }

  /** True where requests go to another node than they did. One look at a time. */
  moveOn(from: Connection): Promise<boolean> {
    const { clock, isActive } = this.#options;
    if (from !== this.#connection) return Promise.resolve(isActive());
    const isTooSoon = clock.nowMs() - this.#lookedInVainAtMs < LOOKS_APART_MS;
    if (!isActive() || this.#life.signal.aborted || isTooSoon) return Promise.resolve(false);
    this.#looking ??= this.#lookElsewhere(from).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  dispose(): void {
    this.#life.abort();
    this.#connection.dispose();
  }

  get #trustedCa(): string | undefined {
    const { authorityPem, trustsAuthority, caPem } = this.#options.record();
    const trusted = [authorityPem, trustsAuthority ? caPem : undefined].filter((pem) => pem !== undefined);
    return trusted.length > 0 ? trusted.join('\n') : undefined;
  }

  async #lookElsewhere(from: Connection): Promise<boolean> {
    const { clock, record, isActive, onAnswer } = this.#options;
    const { nodes = [], address } = record();
    const ways: WayIn[] = nodes.filter((node) => node.address !== from.address && node.address !== address);
    if (from.node) ways.unshift(undefined); // back to the listed address
    if (ways.length === 0) return false;
    const found = await this.#find(ways);
    if (!found) {
      this.#lookedInVainAtMs = clock.nowMs();
      return false;
    }
    if (from !== this.#connection || !isActive()) {
      found.connection.dispose();
      return from !== this.#connection;
    }
    found.connection.credentials = from.credentials;
    this.#connection = found.connection;
    from.retire();
    onAnswer(found.connection, 200);
    return true;
  }

  #find(ways: readonly WayIn[]): ReturnType<typeof findAnswering> {
    return findAnswering(ways, (way) => this.open(way), this.#options.clock, this.#life.signal);
  }
}
