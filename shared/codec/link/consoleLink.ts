import { AppError } from '../../base/errors.ts';
import type { LaunchView } from '../../model/launch.ts';

/** What a `sluice:` link names. It can name nothing else: no command, no secret, no option. */
export interface ConsoleLink {
  /** Name of a cluster as the app lists it, or its address. */
  readonly cluster: string;
  /** Number or name of a guest. */
  readonly guest: string;
  readonly view?: LaunchView | undefined;
}

const MAX_CHARACTERS = 600; // two names of 200 characters, each escaped by a third, and the rest
const MAX_NAME = 200;
const link = /^sluice:\/\/([A-Za-z0-9._~%:-]+)\/([A-Za-z0-9._~%-]+)\/?(?:\?view=(vnc|terminal|spice))?$/;
// What a name in Proxmox VE is made of, and blanks; nothing that means something to a shell, a path or a page.
const name = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._:-]*[\p{L}\p{N}])?$/u;

/** Reads `sluice://CLUSTER/GUEST?view=vnc|terminal|spice`. Throws `invalid` for everything else. */
export function parseConsoleLink(text: string): ConsoleLink {
  if (text.length > MAX_CHARACTERS) throw wrong('It is too long');
  const match = link.exec(text);
  if (!match) throw wrong('It has to be sluice://CLUSTER/GUEST, and ?view=vnc, terminal or spice');
  const [, cluster = '', guest = '', view] = match;
  return {
    cluster: readName(cluster, 'cluster'),
    guest: readName(guest, 'guest'),
    ...(view === undefined ? {} : { view: view as LaunchView }),
  };
}

/** Throws `invalid` for a name that no link can carry. */
export function formatConsoleLink({ cluster, guest, view }: ConsoleLink): string {
  const text = `sluice://${encodeURIComponent(cluster)}/${encodeURIComponent(guest)}${view ? `?view=${view}` : ''}`;
  parseConsoleLink(text);
  return text;
}

function readName(escaped: string, what: string): string {
  let text: string;
  try {
    text = decodeURIComponent(escaped);
  } catch {
    throw wrong(`The name of its ${what} cannot be read`); // a % that escapes nothing
  }
  if (text.length > MAX_NAME || !name.test(text)) throw wrong(`It names no ${what}`);
  return text;
}

function wrong(what: string): AppError {
  return new AppError('invalid', `This link cannot be opened. ${what}.`);
}
