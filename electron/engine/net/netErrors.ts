import { AppError, type ErrorCode } from '../../../shared/base/errors.ts';

interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
}

const noAnswer = (place: string): Finding => ({
  code: 'timeout',
  message: `${place} did not answer. Check the address, and that no firewall is in between.`,
});
const noRoute = (place: string): Finding => ({
  code: 'unreachable',
  message: `${place} could not be reached. Check the network or VPN, then try again.`,
});
/** A name has no port: that has nothing to do with it. */
const nameIn = (place: string) => place.replace(/:\d+$/, '');
const noName = (place: string): Finding => ({
  code: 'name-not-found',
  message: `No address was found for ${nameIn(place)}. Check the name.`,
});
const broken = (place: string): Finding => ({
  code: 'reset',
  message: `${place} broke the connection. Connect again.`,
});
const notTls = (place: string): Finding => ({
  code: 'tls',
  message: `${place} answered without TLS. Check the port; Proxmox VE listens on 8006, Backup Server on 8007.`,
});

/** What the system's and OpenSSL's codes mean. */
const findings: Readonly<Record<string, (place: string) => Finding>> = {
  ECONNREFUSED: (place) => ({
    code: 'refused',
    message: `${place} refused the connection. Check the port, and that the service is running.`,
  }),
  ENOTFOUND: noName,
  EAI_AGAIN: (place) => ({
    code: 'name-not-found',
    message: `The name server did not answer for ${nameIn(place)}. Check the network, then try again.`,
  }),
  EAI_FAIL: noName,
  EAI_NODATA: noName,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EHOSTDOWN: noRoute,
  ENETDOWN: noRoute,
  EADDRNOTAVAIL: noRoute,
  ETIMEDOUT: noAnswer,
  ECONNRESET: broken,
  ECONNABORTED: broken,
  EPIPE: broken,
  ENOENT: (place) => ({
    code: 'not-found',
    message: `There is no socket at ${place}. Start the service that makes it.`,
  }),
  EACCES: (place) => ({
    code: 'forbidden',
    message: `${place} may not be opened by this user. Check its permissions.`,
  }),
  EAGAIN: (place) => ({
    code: 'busy',
    message: `${place} took no connection in time: too many wait there. Try again.`,
  }),
  EMFILE: (place) => ({
    code: 'limit',
    message: `${place} was not opened: too many files are open. Close some connections.`,
  }),
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_HTTP_REQUEST: notTls,
};

/** A Unix socket whose queue of connections is full refuses at once, where TCP would wait. */
export function isQueueFull(error: unknown): boolean {
  return error instanceof AppError && codeOf(error.cause) === 'EAGAIN';
}

function codeOf(error: unknown): string {
  const inner = error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as unknown) : error;
  if (typeof inner !== 'object' || inner === null || !('code' in inner)) return '';
  return String(inner.code);
}

function isWrongVersion(error: unknown): boolean {
  return error instanceof Error && /wrong version number|packet length too long|http request/i.test(error.message);
}

/**
 * The one place where what the system says becomes an `AppError`. `place` is the address as people know it; the
 * system's own text is never shown (it may hold paths), only its code.
 */
export function toNetError(error: unknown, place: string): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const finding = isWrongVersion(error) ? notTls(place) : findings[code]?.(place);
  if (finding) return new AppError(finding.code, finding.message, { retry: retryOf(finding.code), cause: error });
  const isTls = code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO';
  if (isTls) {
    const message = `No TLS connection could be agreed with ${place} (${code}). Check that it speaks TLS 1.2 or later.`;
    return new AppError('tls', message, { cause: error });
  }
  const message = `The connection to ${place} failed${code ? ` (${code})` : ''}. Try again.`;
  return new AppError('unreachable', message, { retry: 'later', cause: error });
}

/** The same, for what went wrong between TCP connect and the end of the TLS handshake. */
export function toHandshakeError(error: unknown, place: string): AppError {
  const mapped = toNetError(error, place);
  if (mapped.code !== 'reset') return mapped;
  const message =
    `${place} closed the connection during the TLS handshake. ` +
    'Check that the server allows the address of this machine, and that the port is right.';
  return new AppError('reset', message, { retry: 'later', cause: error });
}

export function timeoutError(place: string, timeoutMs: number): AppError {
  const message = `${place} did not answer within ${timeoutMs / 1000} s. Check the address, and that no firewall is in between.`;
  return new AppError('timeout', message, { retry: 'later' });
}

export function abortedError(place: string): AppError {
  return new AppError('aborted', `Connecting to ${place} was given up.`);
}

function retryOf(code: ErrorCode): 'never' | 'later' {
  return code === 'tls' || code === 'forbidden' || code === 'invalid' ? 'never' : 'later';
}
