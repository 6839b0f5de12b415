import { AppError } from '../../base/errors.ts';
import type { LaunchView } from '../../model/launch.ts';

/** A console that stands at an address of its own, as a person wrote it. */
export interface ConsoleAddress {
  /** `tcp://`, `tls://`, `ws://`, `wss://` or `unix:`, and where it goes. */
  readonly endpoint: string;
  /** What it shows, where the way it is written says so. */
  readonly view: LaunchView | undefined;
  /** Whether nobody on the way can read along. */
  readonly isSealed: boolean;
}

const MAX_CHARACTERS = 1000; // of a WebSocket with a long ticket in its path
const VNC_PORT = 5900; // RFC 7869
const MOST_DISPLAYS = 100; // `host:1` is the display 1 of many viewers, and a port nobody has

/**
 * Reads `vnc://`, `spice://`, `spice+tls://`, `ws://`, `wss://`, `tcp://`, `tls://`, `unix:`, or a bare `host:port`.
 * Throws `invalid` with a sentence that says what is wrong. Whether host and port are any is for who connects.
 */
export function readConsoleAddress(text: string): ConsoleAddress {
  const trimmed = text.trim();
  if (trimmed === '') throw new AppError('invalid', 'An address is needed.');
  if (trimmed.length > MAX_CHARACTERS) throw wrong('It is too long');
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(?=\/\/|.*\/)(.*)$/.exec(trimmed) ?? [];
  const kind = scheme.toLowerCase();
  if (kind === 'unix') return { endpoint: `unix:${rest.replace(/^\/\//, '')}`, view: undefined, isSealed: true };
  if (kind === '') return { endpoint: `tcp://${withPort(trimmed)}`, view: undefined, isSealed: isHere(trimmed) };
  const authority = rest.replace(/^\/\//, '');
  if (/^[^/?#]*@/.test(authority))
    throw wrong('Names and passwords do not belong into it; they have fields of their own');
  const isSealed = ['tls', 'wss', 'spice+tls'].includes(kind) || isHere(authority);
  if (kind === 'vnc') return { endpoint: `tcp://${withPort(bare(authority))}`, view: 'vnc', isSealed };
  if (kind === 'spice' || kind === 'spice+tls') return spice(kind, authority, isSealed);
  if (['tcp', 'tls', 'ws', 'wss'].includes(kind)) {
    return { endpoint: `${kind}://${authority}`, view: undefined, isSealed };
  }
  throw wrong('It begins with none of vnc://, spice://, ws://, wss://, tcp://, tls:// and unix:');
}

/** As `remote-viewer` writes it too: the ports in the query. With a port for TLS nothing goes in plain. */
function spice(kind: 'spice' | 'spice+tls', authority: string, isSealed: boolean): ConsoleAddress {
  const [place = '', query = ''] = authority.split('?', 2);
  const given = new Map(query.split('&').map((pair) => pair.split('=', 2) as [string, string | undefined]));
  const host = bare(place);
  const tlsPort = given.get('tls-port');
  const port = tlsPort ?? given.get('port');
  const isTls = kind === 'spice+tls' || tlsPort !== undefined;
  if (given.has('password')) throw wrong('Names and passwords do not belong into it; they have fields of their own');
  const address = port === undefined ? host : `${host}:${port}`;
  return { endpoint: `${isTls ? 'tls' : 'tcp'}://${address}`, view: 'spice', isSealed: isSealed || isTls };
}

const bare = (authority: string) => authority.replace(/\/$/, '');

/** The usual port of VNC where there is none; a number below 100 counts from there. */
function withPort(place: string): string {
  const match = /^(.*?)(?::(\d{1,2}))?$/.exec(place);
  const hasPort = /:\d+$/.test(place) && (place.startsWith('[') || !/:.*:/.test(place));
  if (!hasPort) return `${place.includes(':') && !place.startsWith('[') ? `[${place}]` : place}:${VNC_PORT}`;
  const display = Number(match?.[2] ?? MOST_DISPLAYS);
  return display < MOST_DISPLAYS ? `${match?.[1]}:${VNC_PORT + display}` : place;
}

const isHere = (authority: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/?]|$)/i.test(authority);

function wrong(what: string): AppError {
  return new AppError('invalid', `This address cannot be opened. ${what}.`);
}
