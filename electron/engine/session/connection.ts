import type { Socket } from 'node:net';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { type Product, products } from '../../../shared/model/product.ts';
import { ApiClient } from '../api/apiClient.ts';
import type { Credentials } from '../api/credentials.ts';
import { HttpPool } from '../api/httpPool.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { openTlsSocket, peerCertificateOf } from '../net/connector.ts';
import { type CertificateInfo, describeCertificate, type Trust } from '../net/trust.ts';
import type { KnownNode } from './knownNodes.ts';

export const DEFAULT_PORT = products.pve.port;

/** What a person typed as an address, in the one way we write it. A pasted URL is taken for its host and port. */
export function normalizeAddress(text: string, defaultPort: number = DEFAULT_PORT): string {
  const bare = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/[/?#].*$/, '');
  return formatAddress(parseAddress(bare, defaultPort)).toLowerCase();
}

/** Where to look for who left the port out: each product's own, the likeliest first, then what a pasted URL means. */
export function addressesOf(text: string): string[] {
  const ports = [products.pve.port, products.pbs.port, products.pdm.port];
  if (/^\s*https:/i.test(text)) ports.push(443);
  return [...new Set(ports.map((port) => normalizeAddress(text, port)))];
}

/** `fingerprint` given: exactly that certificate, whoever vouches for it. Else the system's CAs decide. */
export function trustOf(fingerprint: string | undefined): Trust {
  return fingerprint === undefined ? {} : { fingerprints: [fingerprint], isSystemTrusted: false };
}

/** The same, and beside it what an authority signs for the server's name. */
export const withAuthority = (trust: Trust, caPem: string | undefined): Trust =>
  caPem === undefined ? trust : { ...trust, caPem };

export interface ConnectionOptions {
  readonly address: string;
  readonly trust: Trust;
  readonly clock: Clock;
  /** As far as it is known; a login finds it out. */
  readonly product?: Product;
  /** The node it goes to, where that is not the address the cluster is listed with. */
  readonly node?: KnownNode | undefined;
  /** Every answer, whatever it says. */
  readonly onAnswer?: (status: number) => void;
  /** No socket could be opened. */
  readonly onConnectError?: (error: AppError) => void;
}

/** One server under one trust: its pool and its API client. Another trust is another connection. */
export class Connection {
  readonly address: string;
  readonly trust: Trust;
  readonly node: KnownNode | undefined;
  readonly pool: HttpPool;
  readonly api: ApiClient;
  product: Product | undefined;
  /** Named for the listed address by whoever signs in; remembered once that succeeded. PEM. */
  authorityPem: string | undefined;
  credentials: Credentials | undefined;
  /** Of the socket opened last. */
  certificate: CertificateInfo | undefined;
  readonly #options: ConnectionOptions;
  #wasOpen = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.address = options.address;
    this.trust = options.trust;
    this.product = options.product;
    this.node = options.node;
    const { clock, address, onAnswer } = options;
    this.pool = new HttpPool({ clock, address, openSocket: (signal) => this.#open(signal) });
    this.api = new ApiClient({
      pool: this.pool,
      credentials: () => this.credentials,
      ...(onAnswer && { onAnswer }),
    });
  }

  /** False: no socket could be opened yet, so nothing was ever sent. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /** Takes no new requests from anybody who follows the session; those under way end by themselves. */
  retire(): void {
    this.pool.retire();
  }

  dispose(): void {
    this.pool.dispose();
  }

  async #open(signal: AbortSignal): Promise<Socket> {
    const { clock, trust, onConnectError } = this.#options;
    try {
      const socket = await openTlsSocket({ ...parseAddress(this.address), trust, signal, clock });
      this.#wasOpen = true;
      const leaf = peerCertificateOf(socket);
      if (leaf) this.certificate = describeCertificate(leaf);
      return socket;
    } catch (error) {
      const known = AppError.from(error);
      if (known.code !== 'aborted') onConnectError?.(known);
      throw known;
    }
  }
}
