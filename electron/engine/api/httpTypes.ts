import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Origin-form, encoded, starts with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** From being asked to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Polls wait for each other and leave sockets free for what a person waits for. */
  readonly isBackground?: boolean | undefined;
}

/** A request whose body may be a stream; its `Content-Length` is in the headers. */
export interface StreamRequest extends Omit<HttpRequest, 'body'> {
  readonly body?: Uint8Array | Readable | undefined;
}

/** An answer as the server sent it, its body still to come. */
export interface StreamAnswer {
  readonly status: number;
  /** As Node gives it: bytes as Latin-1. */
  readonly rawReason: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Readable;
}

export interface HttpAnswer {
  readonly status: number;
  /** The reason phrase, decoded: old servers say what went wrong nowhere else (PVE wire facts 1.7). */
  readonly reason: string;
  readonly contentType: string;
  /** As the headers have them; default none. */
  readonly setCookies?: readonly string[];
  /** Decompressed. */
  readonly body: Uint8Array;
}

/** What carries requests: one node's pool, or one that chooses a node. */
export interface RequestPool {
  request(request: HttpRequest): Promise<HttpAnswer>;
  stream(request: StreamRequest): Promise<StreamAnswer>;
}

/**
 * Opens one connected socket, TLS done and the certificate trusted, or rejects with an AppError. Nothing has been
 * sent on it.
 */
export type OpenSocket = (signal: AbortSignal) => Promise<Socket>;
