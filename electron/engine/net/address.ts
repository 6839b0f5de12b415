import { isIPv6 } from 'node:net';

import { AppError } from '../../../shared/base/errors.ts';
import type { HostPort } from '../../../shared/base/hostPort.ts';

export { formatAddress, type HostPort } from '../../../shared/base/hostPort.ts';

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
