// The JSON payloads of frames, apart from what the contract says about single methods, events and channels.
import * as z from 'zod/mini';

import { AppError } from '../base/errors.ts';
import type { CloseReason } from '../flow/duplex.ts';
import { errorInfo } from '../model/errorInfo.ts';

export const callMessage = z.strictObject({ method: z.string(), params: z.unknown() });
export const eventMessage = z.strictObject({ event: z.string(), data: z.unknown() });
export const openMessage = z.strictObject({ kind: z.string(), params: z.unknown() });
export const failureMessage = errorInfo;
export const closeMessage = z.union([
  z.strictObject({ kind: z.literal('ended') }),
  z.strictObject({ kind: z.literal('failed'), error: errorInfo }),
]);
export type CloseMessage = z.infer<typeof closeMessage>;

/** Parses, or throws `protocol` with where it went wrong and without what was there: that may be a secret. */
export function parse<S extends z.ZodMiniType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join('.');
  throw new AppError('protocol', `${what} was not as agreed${path ? ` at ${path}` : ''}.`);
}

export function toCloseMessage(reason: CloseReason): CloseMessage {
  if (reason.kind !== 'failed') return { kind: 'ended' };
  return { kind: 'failed', error: reason.error.toInfo() };
}

export function fromCloseMessage(message: CloseMessage): CloseReason {
  if (message.kind === 'ended') return message;
  return { kind: 'failed', error: AppError.fromInfo(message.error) };
}
