import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { readConsoleAddress } from '../../../shared/codec/link/consoleAddress.ts';
import type { Certificate } from '../../../shared/model/cluster.ts';
import type { ConsoleTarget, ConsoleView } from '../../../shared/model/console.ts';
import type { KnownAddress } from '../../../shared/model/consoleAddress.ts';
import type { LaunchView } from '../../../shared/model/launch.ts';
import type { Endpoints } from '../console/endpoints.ts';
import type { DocumentStore } from '../deps.ts';
import { formatAddress } from '../net/address.ts';
import type { Trust } from '../net/trust.ts';
import { type Endpoint, parseEndpoint } from '../relay/endpoint.ts';
import { trustOf } from '../session/connection.ts';
import { inspectCertificate } from '../session/probe.ts';
import type { ViewerService } from '../viewer/viewerService.ts';
import { AddressBook } from './addressBook.ts';

export interface AddressOpenerOptions {
  readonly clock: Clock;
  readonly documents: DocumentStore;
  readonly endpoints: Endpoints;
  readonly viewers: ViewerService;
  /** As Node names it. */
  readonly platform: string;
}

export interface AddressWish {
  readonly address: string;
  readonly view?: LaunchView | undefined;
  readonly password?: string | undefined;
  /** Of the certificate that the person compared just now. */
  readonly acceptFingerprint?: string | undefined;
}

export type Opened =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'console'; readonly target: ConsoleTarget; readonly view: ConsoleView }
  | { readonly kind: 'viewer'; readonly viewer: string };

/** VNC, SPICE, serial and WebSocket consoles that a person gave the address of. */
export class AddressOpener {
  readonly #options: AddressOpenerOptions;
  readonly #book: AddressBook;

  constructor(options: AddressOpenerOptions) {
    this.#options = options;
    this.#book = new AddressBook(options.documents, options.clock);
  }

  ready(): Promise<void> {
    return this.#book.ready();
  }

  list(): KnownAddress[] {
    return this.#book.list();
  }

  async forget(address: string, view: LaunchView): Promise<void> {
    await this.#book.forget(address, view, placeOf(read(address).endpoint));
  }

  /**
   * Gives the console to open, or the certificate to compare first. A plain console is connected when it is opened; a
   * certificate and a SPICE server are asked for here. Fails with `invalid` for what is no address, and as connector
   * and viewers do.
   */
  async open(wish: AddressWish, signal: AbortSignal): Promise<Opened> {
    const { endpoint, view = wish.view ?? 'vnc' } = read(wish.address);
    this.#requirePossible(endpoint, view);
    const trust = await this.#trust(endpoint, wish.acceptFingerprint, signal);
    if ('kind' in trust) return trust;
    const opened = await this.#open(wish, { endpoint, view, trust }, signal);
    await this.#book.note(withoutQuery(wish.address), view);
    return opened;
  }

  async #open(
    { address, password = '' }: AddressWish,
    { endpoint, view, trust }: { endpoint: Endpoint; view: LaunchView; trust: Trust },
    signal: AbortSignal,
  ): Promise<Opened> {
    if (view === 'spice') return await this.#openSpice(endpoint, password, trust, signal);
    const label = labelOf(endpoint);
    const endpointId = this.#options.endpoints.add({ label, endpoint, trust, view, password });
    const place = { kind: 'endpoint' as const, clusterId: '' as const, address: withoutQuery(address) };
    return { kind: 'console', view, target: { ...place, endpointId, label, view } };
  }

  async #openSpice(endpoint: Endpoint, password: string, trust: Trust, signal: AbortSignal): Promise<Opened> {
    if (endpoint.kind !== 'tcp' && endpoint.kind !== 'tls') throw noSpice();
    const { host, port } = endpoint.address;
    const isEncrypted = endpoint.kind === 'tls';
    const file = { type: 'spice' as const, host, port, ...(password && { password }) };
    const target = { protocol: 'spice' as const, host, port, address: formatAddress(endpoint.address), isEncrypted };
    const { viewer } = await this.#options.viewers.openFile({ file, target, ...(isEncrypted && { trust }) }, signal);
    return { kind: 'viewer', viewer };
  }

  #requirePossible(endpoint: Endpoint, view: LaunchView): void {
    if (endpoint.kind === 'unix' && this.#options.platform === 'win32') {
      throw new AppError('unsupported', 'Windows has no Unix sockets that consoles use. Give an address with a port.');
    }
    if (view === 'spice' && endpoint.kind !== 'tcp' && endpoint.kind !== 'tls') throw noSpice();
  }

  /** A certificate that nobody vouches for, or another than the accepted one, is for the person to compare. */
  async #trust(endpoint: Endpoint, accepted: string | undefined, signal: AbortSignal) {
    if (endpoint.kind !== 'tls' && endpoint.kind !== 'wss') return noTrust;
    const place = formatAddress(endpoint.address);
    const pinned = this.#book.pinOf(place);
    const known = { fingerprint: pinned, isPinned: pinned !== undefined };
    const certificate = await inspectCertificate(place, known, this.#options.clock, signal);
    if (certificate.trust === 'system') return trustOf(undefined);
    if (certificate.trust === 'accepted') return trustOf(pinned);
    if (certificate.fingerprint !== accepted) return { kind: 'certificate' as const, certificate };
    await this.#book.pin(place, accepted);
    return trustOf(accepted);
  }
}

function read(address: string): { endpoint: Endpoint; view?: LaunchView } {
  const { endpoint, view } = readConsoleAddress(address);
  return { endpoint: parseEndpoint(endpoint), ...(view && { view }) };
}

/** What a tab has room for. */
function labelOf(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path.split('/').pop() ?? endpoint.path;
  return formatAddress(endpoint.address);
}

const placeOf = (endpoint: Endpoint) => ('address' in endpoint ? formatAddress(endpoint.address) : undefined);
const withoutQuery = (address: string) =>
  /^spice/i.test(address.trim()) ? address.trim() : (address.trim().split('?', 1)[0] ?? '');

function noSpice(): AppError {
  return new AppError('unsupported', 'SPICE viewers connect over TCP and TLS only. Give spice://HOST:PORT.');
}

/** What has no TLS has no certificate. */
const noTrust: Trust = { isSystemTrusted: false };
