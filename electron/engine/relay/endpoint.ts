import { AppError } from '../../../shared/base/errors.ts';
import { formatAddress, type HostPort, parseAddress } from '../net/address.ts';

/** One end of a relay, as people write it: `tcp://`, `tls://`, `ws://`, `wss://` or `unix:`. */
export type Endpoint =
  | { readonly kind: 'tcp' | 'tls'; readonly address: HostPort }
  | { readonly kind: 'ws' | 'wss'; readonly address: HostPort; readonly path: string }
  | { readonly kind: 'unix'; readonly path: string };

const defaultPorts: Readonly<Record<string, number>> = { ws: 80, wss: 443 };
const MAX_UNIX_PATH = 107; // sun_path of Linux without its end

/** Throws `invalid` with a sentence that says what is wrong. `mayBeAnyPort`: port 0 lets the system choose. */
export function parseEndpoint(text: string, { mayBeAnyPort = false } = {}): Endpoint {
  if (text.startsWith('unix:')) return unixEndpoint(text.slice('unix:'.length));
  const match = /^(tcp|tls|ws|wss):\/\/([^/?#]*)([/?][^#]*)?$/.exec(text);
  if (!match)
    throw wrong(text, 'Give it as tcp://HOST:PORT, tls://HOST:PORT, ws://HOST:PORT/PATH, wss://… or unix:PATH');
  const [, kind = '', authority = '', path = ''] = match;
  if (authority.includes('@')) throw wrong('The address', 'Names and passwords belong into a header file');
  const address = addressIn(authority, kind, mayBeAnyPort, text);
  if (kind === 'ws' || kind === 'wss') return { kind, address, path: path.startsWith('/') ? path : `/${path}` };
  if (path !== '' && path !== '/') throw wrong(text, 'Only ws:// and wss:// take a path');
  return { kind: kind === 'tls' ? 'tls' : 'tcp', address };
}

/** For people; without the query, which may hold a ticket. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return `unix:${endpoint.path}`;
  const address = formatAddress(endpoint.address);
  const path = 'path' in endpoint ? endpoint.path.split('?', 1)[0] : '';
  return `${endpoint.kind}://${address}${path}`;
}

export function isLoopback({ host }: HostPort): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function addressIn(authority: string, kind: string, mayBeAnyPort: boolean, text: string): HostPort {
  const anyPort = /^(.*):0$/.exec(authority);
  if (mayBeAnyPort && anyPort?.[1]) return { host: parseAddress(anyPort[1], 1).host, port: 0 };
  try {
    return parseAddress(authority, defaultPorts[kind]);
  } catch {
    throw wrong(text, 'A host and a port from 1 to 65535 are needed'); // what the inner parser says has no scheme in it
  }
}

function unixEndpoint(path: string): Endpoint {
  if (path === '' || path.includes('\0')) throw wrong('unix:', 'Give the path of a socket after it');
  if (Buffer.byteLength(path) > MAX_UNIX_PATH) throw wrong('The path of the socket', 'It may have 107 bytes');
  return { kind: 'unix', path };
}

function wrong(text: string, advice: string): AppError {
  return new AppError('invalid', `'${text.slice(0, 100)}' cannot be used. ${advice}.`);
}
