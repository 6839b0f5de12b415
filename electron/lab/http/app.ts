import type { Duplex } from 'node:stream';

import type { RequestHead } from './headParser.ts';
import type { LabResponse } from './response.ts';

/** What comes of a request. */
export type Outcome =
  | { readonly kind: 'respond'; readonly response: LabResponse }
  /** Never answered; the connection stays till the client ends it. */
  | { readonly kind: 'hang' }
  /** Never answered; the connection ends at once. */
  | { readonly kind: 'drop' }
  /** Never answered; the connection ends when nothing came for the idle time. */
  | { readonly kind: 'stall' }
  /** The connection is no longer HTTP. `take` writes the 101 itself; `early` came behind the request. */
  | { readonly kind: 'upgrade'; take(socket: Duplex, early: Buffer): void };

/** Takes a body that is not held in memory. */
export interface BodyReceiver {
  /** `done` when the next piece may come; with an outcome when the rest is not wanted. */
  write(piece: Buffer, done: (early?: Promise<Outcome>) => void): void;
  end(): Promise<Outcome>;
  /** The client went away in the middle. */
  dispose(): void;
}

export type Admission =
  | { readonly kind: 'refuse'; readonly outcome: Promise<Outcome> }
  | { readonly kind: 'body'; handle(body: Buffer): Promise<Outcome> }
  | { readonly kind: 'stream'; readonly receiver: BodyReceiver };

export interface RequestContext {
  readonly connectionId: number;
  /** The node that was asked. */
  readonly node: string;
  readonly startedAtMs: number;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

export interface HttpApp {
  /** Decides with the head alone, before the body is read. Does not throw. */
  admit(head: RequestHead, context: RequestContext): Admission;
}

/** One line of what was asked, for tests and people. */
export interface RequestRecord {
  readonly atMs: number;
  readonly connectionId: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: ReadonlyMap<string, string>;
  /** 0 while it is not answered. */
  status: number;
  requestBytes: number;
  responseBytes: number;
}
