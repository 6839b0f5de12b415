import { isIPv6 } from 'node:net';

import { AppError } from '../../../shared/base/errors.ts';

/** Where a socket goes. `host` without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const bracketed = /^\[([0-9A-Fa-f:.]+(?:%[0-9A-Za-z._-]+)?)\](?::(\d{1,5}))?$/;
const plain = /^([^\s:/@[\]?#]{1,253})(?::(\d{1,5}))?$/;

/** Reads `host`, `host:port` or `[v6]:port`. Throws `invalid` where it is none of them or the port is missing. */
export function parseAddress(text: string, defaultPort?: number): HostPort {
  if (isIPv6(text) && defaultPort !== undefined) return { host: text, port: defaultPort };
  const match = bracketed.exec(text) ?? plain.exec(text);
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  if (!match?.[1] || port === undefined || port < 1 || port > 65535) {
    throw new AppError('invalid', `“${text.slice(0, 80)}” is not an address. Give it as host:port.`);
  }
  return { host: match[1], port };
}

/** The one way an address is written: `host:port`, IPv6 in brackets. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
