import type { Socket } from 'node:net';

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

export interface HttpAnswer {
  readonly status: number;
  /** The reason phrase, decoded: old servers say what went wrong nowhere else (PVE wire facts 1.7). */
  readonly reason: string;
  readonly contentType: string;
  /** Decompressed. */
  readonly body: Uint8Array;
}

/**
 * Opens one connected socket, TLS done and the certificate trusted, or rejects with an AppError. Nothing has been
 * sent on it.
 */
export type OpenSocket = (signal: AbortSignal) => Promise<Socket>;
