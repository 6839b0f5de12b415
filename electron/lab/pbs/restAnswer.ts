import type { ServerResponse } from 'node:http';

import { ApiError } from '../http/apiError.ts';

export function sendJson(response: ServerResponse, data: unknown, extra: object = {}): void {
  const body = JSON.stringify({ data: data ?? null, ...extra });
  response.writeHead(200, {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Another answer than 200: plain text under a JSON content type (PBS facts 9.1). */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof ApiError ? error.status : 400;
  const text = error instanceof Error ? error.message : String(error);
  response.writeHead(status, {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
