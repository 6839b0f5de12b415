import type { LabResponse } from '../http/response.ts';
import { ApiError } from '../http/apiError.ts';
import type { LabQuirks } from '../quirks.ts';
import { loosen } from './loosen.ts';
import { RawFile, RawJson, WithExtra } from './route.ts';

export type Formatter = 'json' | 'extjs';

const JSON_TYPE = 'application/json;charset=UTF-8';
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export function renderResult(result: unknown, formatter: Formatter, quirks: LabQuirks): LabResponse {
  if (result instanceof RawJson) {
    const body =
      formatter === 'json' ? result.body : Buffer.concat([Buffer.from('{"success":1,'), result.body.subarray(1)]);
    return { status: 200, contentType: JSON_TYPE, body };
  }
  if (result instanceof RawFile) {
    return { status: 200, contentType: result.contentType, body: result.body, hasNoLength: true, closes: true };
  }
  const { data, extra } = result instanceof WithExtra ? result : { data: result, extra: {} };
  const base = { data: loosen(data ?? null, quirks), ...extra };
  return { status: 200, contentType: JSON_TYPE, body: json(formatter === 'json' ? base : { success: 1, ...base }) };
}

/** The reason phrase is the first line of the message (PVE wire facts 1.7). */
export function renderError(error: unknown, formatter: Formatter, quirks: LabQuirks): LabResponse {
  const known =
    error instanceof ApiError ? error : new ApiError(500, error instanceof Error ? error.message : String(error));
  const message = `${known.message}\n`;
  const errors = known.errors === undefined ? {} : { errors: known.errors };
  if (formatter === 'extjs' && known.status !== 401) {
    return {
      status: 200,
      contentType: JSON_TYPE,
      body: json({ data: null, success: 0, status: known.status, message, ...errors }),
    };
  }
  const text = quirks.messageInBody ? { message } : {};
  const body = json({ data: null, ...errors, ...text });
  return { status: known.status, reason: known.message, contentType: JSON_TYPE, body };
}
