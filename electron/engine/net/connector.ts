// The one place where a socket is opened. Everything that leaves this machine leaves through here.
import type { X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';

import { sleep } from '../../../shared/base/abort.ts';
import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import { formatAddress } from './address.ts';
import { abortedError, isQueueFull, timeoutError, toHandshakeError, toNetError } from './netErrors.ts';
import { askForTunnel, type HttpProxy } from './proxy.ts';
import { SocketDuplex } from './socketDuplex.ts';
import { SocketIntake } from './socketIntake.ts';
import { SocketReader } from './socketReader.ts';
import { type CertificateInfo, type Finding, type Trust, describeCertificate, judge } from './trust.ts';
import { secureContextFor, subjectText } from './trust.ts';

export const CONNECT_TIMEOUT_MS = 10_000; // a healthy server answers in well under one round trip by satellite
const KEEP_ALIVE_MS = 20_000; // below the 30 s after which small routers forget a connection
const QUEUE_PAUSE_MS = 50; // a server takes hundreds of connections in that time
const TLS_RECORD_BYTES = 16 << 10; // the most that OpenSSL decrypts at once

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** How much may be read and not consumed; 1 MiB where none is given. It is disposed with the duplex. */
  readonly window?: FlowWindow | undefined;
  readonly label?: string | undefined;
}

export interface TcpOptions extends ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** Connect there first, and ask it for a tunnel to `host:port`. */
  readonly via?: HttpProxy | undefined;
  /** Silence after which the system asks the peer's for a sign of life, then every second, ten times; at least 1 s. */
  readonly keepAliveMs?: number | undefined;
}

export interface TlsOptions extends TcpOptions {
  readonly trust: Trust;
}

export interface UnixOptions extends ConnectOptions {
  readonly path: string;
}

/**
 * Opens a TCP connection. Fails with `refused`, `unreachable`, `name-not-found`, `timeout` or `aborted`; by way of a
 * proxy also as `askForTunnel` does.
 */
export async function connectTcp(options: TcpOptions): Promise<SocketDuplex> {
  const intake = new SocketIntake(new SocketReader({ window: options.window }));
  const socket = await openTcp(options, intake);
  return new SocketDuplex(socket, options.label ?? formatAddress(options), { intake, ...clockOf(options) });
}

async function openTcp(options: TcpOptions, intake: SocketIntake): Promise<net.Socket> {
  const { via: proxy, signal, clock, timeoutMs = CONNECT_TIMEOUT_MS } = options;
  const { host, port } = proxy?.address ?? options;
  const socket = net.connect({ ...common(options), host, port, onread: intake.onread } as net.NetConnectOpts);
  socket.pause();
  await settle(socket, 'connect', formatAddress({ host, port }), options, toNetError);
  if (proxy) await askForTunnel(socket, intake, { proxy, target: options, timeoutMs, signal, clock });
  return socket;
}

/**
 * Opens a Unix socket; waits where too many connections wait there already. Fails with `not-found`, `refused`,
 * `forbidden`, `busy`, `timeout` or `aborted`.
 */
export async function connectUnix(options: UnixOptions): Promise<SocketDuplex> {
  const { clock = systemClock, timeoutMs = CONNECT_TIMEOUT_MS } = options;
  const untilMs = clock.nowMs() + timeoutMs;
  for (;;) {
    try {
      return await openUnix({ ...options, timeoutMs: Math.max(1, untilMs - clock.nowMs()) });
    } catch (error) {
      if (!isQueueFull(error) || clock.nowMs() + QUEUE_PAUSE_MS >= untilMs) throw error;
      await sleep(clock, QUEUE_PAUSE_MS, options.signal);
    }
  }
}

async function openUnix(options: UnixOptions): Promise<SocketDuplex> {
  const intake = new SocketIntake(new SocketReader({ window: options.window }));
  const socket = net.connect({ allowHalfOpen: true, path: options.path, onread: intake.onread } as net.NetConnectOpts);
  socket.pause();
  await settle(socket, 'connect', options.path, options, toNetError);
  return new SocketDuplex(socket, options.label ?? options.path, { intake, ...clockOf(options) });
}

/**
 * Opens a TLS connection to a server that `trust` vouches for. Fails like `connectTcp`, and with `tls`, `reset`,
 * `certificate-unknown` or `certificate-changed`; nothing was sent then but the handshake.
 */
export async function connectTls(options: TlsOptions): Promise<SocketDuplex> {
  const reader = new SocketReader({ window: options.window, fullReadBytes: TLS_RECORD_BYTES });
  const intake = new SocketIntake(reader);
  const socket = await shakeHands(options, intake);
  // Node reads into our buffers only where TLS opens the connection itself.
  const how = options.via ? { reader } : { intake };
  return new SocketDuplex(socket, options.label ?? formatAddress(options), { ...how, ...clockOf(options) });
}

/** The same for libraries that want Node's socket, such as `node:https`. */
export function openTlsSocket(options: TlsOptions): Promise<tls.TLSSocket> {
  return shakeHands(options, undefined);
}

/** Asks a server for its certificate and sends nothing but the handshake. */
export async function probeCertificate(options: TlsOptions): Promise<CertificateProbe> {
  const socket = startHandshake(options, undefined, await openInner(options));
  try {
    const place = formatAddress(options);
    await settle(socket, 'secureConnect', place, options, toHandshakeError);
    const finding = findingOf(socket, options, place);
    return { certificate: describeCertificate(finding.certificate), verdict: judge(finding, options.trust, place) };
  } finally {
    socket.destroy();
  }
}

export interface CertificateProbe {
  readonly certificate: CertificateInfo;
  readonly verdict: ReturnType<typeof judge>;
}

async function shakeHands(options: TlsOptions, intake: SocketIntake | undefined): Promise<tls.TLSSocket> {
  const place = formatAddress(options);
  const socket = startHandshake(options, intake, await openInner(options));
  await settle(socket, 'secureConnect', place, options, toHandshakeError);
  try {
    const verdict = judge(findingOf(socket, options, place), options.trust, place);
    if (verdict.kind === 'refused') throw verdict.error;
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The tunnel of a proxy, for TLS to run in. */
async function openInner(options: TlsOptions): Promise<net.Socket | undefined> {
  if (!options.via) return undefined;
  const intake = new SocketIntake();
  const socket = await openTcp(options, intake);
  intake.reader.dispose();
  if (intake.early.length === 0) return socket;
  socket.destroy();
  throw new AppError('tls', `${formatAddress(options)} spoke before the TLS handshake. Check the port.`);
}

/** Node takes whole seconds, and 0 for the two hours of the system. */
const common = ({ keepAliveMs = KEEP_ALIVE_MS }: TcpOptions) => ({
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: Math.max(1000, keepAliveMs),
});

/**
 * OpenSSL checks the chain, but the verdict is ours (`judge`) and comes before the first byte:
 * an accepted fingerprint must be able to stand in for a CA, and a refused certificate must be shown.
 */
function startHandshake(
  options: TlsOptions,
  intake: SocketIntake | undefined,
  inner: net.Socket | undefined,
): tls.TLSSocket {
  const { host, port, trust } = options;
  const isName = net.isIP(host) === 0;
  const socket = tls.connect({
    ...common(options),
    ...(inner ? { socket: inner } : { host, port, ...(intake && { onread: intake.onread }) }),
    servername: isName && trust.subject === undefined ? host : '',
    secureContext: secureContextFor(trust),
    checkServerIdentity: () => undefined, // `findingOf` looks at the name, also where a session is resumed
    rejectUnauthorized: false,
  } as tls.ConnectionOptions);
  socket.pause();
  return socket;
}

const peerCertificates = new WeakMap<net.Socket, X509Certificate>();

/**
 * The leaf that the server showed on a socket of ours. Node takes it out of the chain when it is asked for: a second
 * question to the socket itself gives the next certificate of the chain, or none.
 */
export function peerCertificateOf(socket: net.Socket): X509Certificate | undefined {
  return peerCertificates.get(socket);
}

function findingOf(socket: tls.TLSSocket, options: TlsOptions, place: string): Finding {
  const certificate = socket.getPeerX509Certificate();
  if (certificate) peerCertificates.set(socket, certificate);
  if (!certificate) throw new AppError('tls', `${place} showed no certificate. Check the port.`);
  const chain = socket.authorized ? '' : String(socket.authorizationError ?? 'not authorized');
  return { certificate, problem: chain || nameProblem(certificate, options) };
}

function nameProblem(certificate: X509Certificate, { host, trust }: TlsOptions): string {
  if (trust.subject !== undefined) return subjectText(certificate) === trust.subject ? '' : 'SUBJECT_MISMATCH';
  const isFor = net.isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return isFor === undefined ? 'NAME_MISMATCH' : '';
}

/** Waits for the socket to be ready; on failure, timeout or abort it is destroyed and the reason thrown. */
function settle(
  socket: net.Socket,
  readyEvent: 'connect' | 'secureConnect',
  place: string,
  options: ConnectOptions,
  toError: (error: unknown, place: string) => AppError,
): Promise<void> {
  const { signal, timeoutMs = CONNECT_TIMEOUT_MS, clock = systemClock } = options;
  socket.on('error', ignoreLateError); // an error may come between the end of this and the owner's own listener
  return new Promise((resolve, reject) => {
    const timer = clock.timer(timeoutMs, () => fail(timeoutError(place, timeoutMs)));
    const handleAbort = () => fail(abortedError(place));
    const handleError = (error: unknown) => fail(toError(error, place));
    const handleClose = () => handleError(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const leave = () => {
      timer.dispose();
      signal?.removeEventListener('abort', handleAbort);
      socket.off(readyEvent, handleReady).off('close', handleClose).off('error', handleError);
    };
    const handleReady = () => {
      leave();
      resolve();
    };
    const fail = (error: AppError) => {
      leave();
      socket.destroy();
      reject(error);
    };
    socket.once(readyEvent, handleReady).once('close', handleClose).once('error', handleError);
    if (signal?.aborted) handleAbort();
    else signal?.addEventListener('abort', handleAbort, { once: true });
  });
}

/** The owner reads `socket.errored`; a socket that was given up has told its reason already. */
function ignoreLateError(): void {}

function clockOf(options: ConnectOptions): { clock?: Clock } {
  return options.clock ? { clock: options.clock } : {};
}
