import { isIPv6 } from 'node:net';

import { AppError } from '../../../shared/base/errors.ts';
import type { RemoteMigrationRequest } from '../../../shared/model/transfer.ts';
import type { HostPort } from '../net/address.ts';

export interface TargetEndpoint extends HostPort {
  readonly tokenId: string;
  readonly secret: string;
  /** SHA-256 of the leaf that the target shows; the name of the host counts nothing then. */
  readonly fingerprint: string;
}

/** The property string of a remote migration (PVE wire facts 8.1). Nothing in it can be escaped. */
export function formatTargetEndpoint({ host, port, tokenId, secret, fingerprint }: TargetEndpoint): string {
  if (isIPv6(host)) {
    throw new AppError('unsupported', 'The source cluster cannot be told an IPv6 address. Give the target by a name.');
  }
  for (const part of [host, tokenId, secret]) {
    if (/[\s,]/.test(part)) throw new AppError('invalid', 'Neither host nor token may hold a comma or a space.');
  }
  return `host=${host},apitoken=PVEAPIToken=${tokenId}=${secret},fingerprint=${fingerprint},port=${port}`;
}

/** `from:to,…`; the entry from `*` stands alone as the bare name of its target (facts 2.6). */
export function formatMap(entries: RemoteMigrationRequest['storages']): string {
  const names = new Set<string>();
  return entries
    .map(({ from, to }) => {
      if (names.has(from)) throw new AppError('invalid', `“${from}” is mapped twice.`);
      names.add(from);
      if (/[\s,:=]/.test(from + to)) throw new AppError('invalid', `“${from}” and “${to}” cannot be mapped.`);
      return from === '*' ? to : `${from}:${to}`;
    })
    .join(',');
}
