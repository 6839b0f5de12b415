import type { Duplex } from 'node:stream';

import type { Identity } from '../auth/identify.ts';
import type { RequestContext } from '../http/app.ts';
import type { RequestHead } from '../http/headParser.ts';
import type { LabServices } from '../services.ts';
import type { ParamRules, Params } from './params.ts';

export interface Call {
  readonly services: LabServices;
  readonly params: Params;
  /** Undefined only on routes open to all. */
  readonly identity: Identity | undefined;
  readonly head: RequestHead;
  readonly request: RequestContext;
  /** Of whoever is signed in. */
  readonly authId: string;
  /** Throws 403. `path` is an ACL path such as `/vms/100`. */
  need(path: string, privilege: string): void;
}

/** Data with something beside it, such as `total`. */
export class WithExtra {
  readonly data: unknown;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(data: unknown, extra: Readonly<Record<string, unknown>>) {
    this.data = data;
    this.extra = extra;
  }
}

/** Data that is JSON already: the body is `{"data":` + it + `}`. */
export class RawJson {
  readonly body: Uint8Array;

  constructor(body: Uint8Array) {
    this.body = body;
  }
}

/** A file that is sent as it is, its end marked by the connection's. */
export class RawFile {
  readonly body: Uint8Array;
  readonly contentType: string;

  constructor(body: Uint8Array, contentType: string) {
    this.body = body;
    this.contentType = contentType;
  }
}

/** The call becomes a WebSocket, or is never answered. */
export class Upgrade {
  readonly take: ((socket: Duplex, early: Buffer) => void) | undefined;

  constructor(take: ((socket: Duplex, early: Buffer) => void) | undefined) {
    this.take = take;
  }
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/nodes/{node}/qemu/{vmid}`; a last `{name*}` takes the rest, slashes included. */
  readonly path: string;
  readonly params?: ParamRules;
  /** What becomes `data`. Throws `ApiError`. */
  handle(call: Call): unknown;
}

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
}

const escapePattern = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');

const compile = (route: Route): Compiled => {
  const source = route.path
    .split(/(\{[a-z*]+\})/)
    .map((part) => {
      const [, name, rest] = /^\{([a-z]+)(\*?)\}$/.exec(part) ?? [];
      return name === undefined ? escapePattern(part) : `(?<${name}>${rest === '*' ? '.+' : '[^/]+'})`;
    })
    .join('');
  return { route, pattern: new RegExp(`^${source}$`) };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export class Router {
  readonly #routes: readonly Compiled[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map(compile);
  }

  find(method: string, path: string): { route: Route; uri: ReadonlyMap<string, string> } | undefined {
    for (const { route, pattern } of this.#routes) {
      if (route.method !== method) continue;
      const match = pattern.exec(path);
      if (match === null) continue;
      const groups = Object.entries(match.groups ?? {});
      return { route, uri: new Map(groups.map(([name, value]) => [name, decode(value)])) };
    }
    return undefined;
  }
}
