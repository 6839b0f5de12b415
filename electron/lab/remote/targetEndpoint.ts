import { ApiError } from '../http/apiError.ts';

/** Where a remote migration goes, as the source cluster is told. */
export interface TargetEndpoint {
  readonly host: string;
  readonly port: number;
  /** The whole value of the Authorization header. */
  readonly apiToken: string;
  readonly fingerprint: string | undefined;
}

const wrong = (why: string): ApiError =>
  ApiError.parameters({ 'target-endpoint': `invalid format - format error\n${why}` });

/** Reads `host=…,apitoken=PVEAPIToken=…,fingerprint=…,port=…` (PVE wire facts 8.1). Nothing in it can be escaped. */
export function readTargetEndpoint(text: string): TargetEndpoint {
  const found = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    if (at < 1 || !['host', 'apitoken', 'fingerprint', 'port'].includes(name)) {
      throw wrong(`${at < 1 ? part : name}: property is not defined in schema`);
    }
    found.set(name, part.slice(at + 1));
  }
  const host = found.get('host') ?? '';
  const apiToken = found.get('apitoken') ?? '';
  if (host === '') throw wrong('host: property is missing and it is not optional');
  if (!/^PVEAPIToken=[^=\s]+![^=\s]+=\S+$/.test(apiToken))
    throw wrong('apitoken: value does not match the regex pattern');
  const fingerprint = found.get('fingerprint');
  if (fingerprint !== undefined && !/^([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}$/.test(fingerprint)) {
    throw wrong('fingerprint: value does not match the regex pattern');
  }
  return { host, port: Number(found.get('port') ?? 8006), apiToken, fingerprint };
}

/** `src:dst,…`, one bare ID for all, or `1` for the same names where that is allowed (facts 2.6). */
export function readMap(name: string, text: string, mayBeIdentity: boolean): (source: string) => string {
  if (text === '1') {
    if (mayBeIdentity) return (source) => source;
    throw ApiError.parameters({ [name]: 'identity mapping not supported' });
  }
  const pairs = new Map<string, string>();
  let rest: string | undefined;
  for (const entry of text.split(',')) {
    const [from = '', to, ...extra] = entry.split(':');
    if (from === '' || extra.length > 0) throw ApiError.parameters({ [name]: `invalid map entry '${entry}'` });
    if (to === undefined) rest = from;
    else pairs.set(from, to);
  }
  return (source) => {
    const to = pairs.get(source) ?? rest;
    if (to === undefined) throw new ApiError(500, `no mapping for '${source}' in '${name}'`);
    return to;
  };
}
