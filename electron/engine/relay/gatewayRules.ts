import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request does not go on to the server. */
export interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DoorRules {
  /** `127.0.0.1:41234`; a `Host` must be exactly that, or a page of a foreign name could ask. */
  readonly host: string;
  readonly token: string;
  readonly allowsWrites: boolean;
}

const writing = new Set(['POST', 'PUT', 'DELETE']);

/** Decides with the head alone. Who may ask comes before what is asked: strangers learn nothing of the rest. */
export function refusalOf(request: IncomingMessage, rules: DoorRules): Refused | undefined {
  return notOurs(request, rules) ?? notSent(request, rules);
}

function notOurs({ headers }: IncomingMessage, { host, token }: DoorRules): Refused | undefined {
  if (headers.host !== host) {
    return refused(421, 'forbidden', `This door is ${host}. Ask it under exactly that name.`);
  }
  if (headers.origin !== undefined) {
    return refused(403, 'forbidden', 'Pages of browsers are not let in here.');
  }
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given !== undefined && isSame(given, token)) return undefined;
  const message = "The door's token is missing or wrong. Send it as Authorization: Bearer TOKEN.";
  return { ...refused(401, 'forbidden', message), headers: { 'WWW-Authenticate': 'Bearer realm="Sluice gateway"' } };
}

function notSent(request: IncomingMessage, { allowsWrites }: DoorRules): Refused | undefined {
  const { method = '', url = '' } = request;
  if (!/^\/api2\/[^\s#]*$/.test(url) || hasDots(url)) {
    return refused(404, 'not-found', "Only the cluster's /api2/ is reached through this door.");
  }
  if (method !== 'GET' && !writing.has(method)) {
    return { ...refused(405, 'unsupported', `The cluster's API knows no ${method}.`), headers: allowed(allowsWrites) };
  }
  if (writing.has(method) && !allowsWrites) {
    const message = `This door only reads, so ${method} was not sent. Open one that may write: --allow-writes.`;
    return { ...refused(403, 'forbidden', message), headers: allowed(false) };
  }
  if (hasBody(request) && (method === 'GET' || method === 'DELETE')) {
    const message = `The server takes no body with ${method}, so it was not sent. Put parameters into the query.`;
    return refused(400, 'invalid', message);
  }
  return undefined;
}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;

const refused = (status: number, code: string, message: string): Refused => ({ status, code, message });
const allowed = (writes: boolean) => ({ Allow: writes ? 'GET, POST, PUT, DELETE' : 'GET' });

/** Segments that a server could resolve to somewhere else, encoded or not. */
function hasDots(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  return path.split(/\/|%2f|\\|%5c/i).some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}

/** Through a hash: the time it takes tells nothing, the length neither. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
