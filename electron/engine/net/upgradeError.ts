import { AppError } from '../../../shared/base/errors.ts';
import { forPeople, type StatusLine } from './httpHead.ts';

/**
 * A server's answer in place of a WebSocket. Old servers say why in the reason phrase only, new ones in the JSON body
 * too (PVE wire facts 1.7).
 */
export function refusedUpgrade(place: string, { status, reason }: StatusLine, body: Uint8Array): AppError {
  const why = forPeople(messageIn(body) || reason);
  const said = why ? `${status}: ${why}` : String(status);
  const detail = { status, reason: why };
  if (status === 401 || status === 403) {
    return new AppError('forbidden', `${place} refused the connection (${said}). Open it again.`, {
      retry: 'later',
      detail,
    });
  }
  if (status >= 500) {
    return new AppError('server', `${place} failed to open the connection (${said}). Try again.`, {
      retry: 'later',
      detail,
    });
  }
  const message = `${place} opened no WebSocket (${said}). Check the address, and proxies in between.`;
  return new AppError('protocol', message, { detail });
}

function messageIn(body: Uint8Array): string {
  if (body[0] !== 0x7b) return '';
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : '';
    return typeof message === 'string' ? message : '';
  } catch {
    return ''; // not JSON after all; the reason phrase is used
  }
}
