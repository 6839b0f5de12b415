import { STATUS_CODES } from 'node:http';

import * as z from 'zod/mini';

import { AppError } from '../../../shared/base/errors.ts';
import { redactText } from '../../../shared/base/redactText.ts';
import type { HttpAnswer } from './httpTypes.ts';
import { perlText } from './perl.ts';

const errorBody = z.object({
  message: z.optional(z.nullable(z.string())),
  errors: z.optional(z.nullable(z.record(z.string(), perlText))),
});

/**
 * What the server says went wrong, in its own words: the JSON `message`, else the reason phrase, else the body's text
 * (PVE wire facts 1.7). Backup Server and Datacenter Manager say it in the body alone (9.1): a reason that only repeats
 * the status says nothing.
 */
function serverWords(answer: HttpAnswer): { text: string; fields: Readonly<Record<string, string>> } {
  const text = Buffer.from(answer.body).toString('utf8').trim();
  const parsed = errorBody.safeParse(tryJson(text));
  const errors = parsed.success ? (parsed.data.errors ?? {}) : {};
  // A server may repeat what it was sent, such as a token in a parameter that it refuses.
  const fields = Object.fromEntries(Object.entries(errors).map(([name, why]) => [name, redactText(why)]));
  const message = (parsed.success ? parsed.data.message : undefined)?.trim();
  const plain = parsed.success || text.startsWith('<') ? '' : text.slice(0, 300);
  const reason = answer.reason.trim();
  const words = message || (reason === STATUS_CODES[answer.status] ? plain : '') || reason || plain;
  return { text: redactText(words) || `status ${answer.status}`, fields };
}

/** Parses JSON or gives undefined; who asks decides what that means. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Maps an answer that is not a success to an AppError (PVE wire facts 1.7, 11.22). */
export function answerError(answer: HttpAnswer, method: string): AppError {
  const { text, fields } = serverWords(answer);
  const { status } = answer;
  const changes = method !== 'GET';
  if (status === 400) return invalid(text, fields);
  if (status === 401) {
    return new AppError('session-expired', `The server no longer accepts this sign-in: ${text}. Sign in again.`, {
      retry: 'after-login',
    });
  }
  if (status === 403) return new AppError('forbidden', `The server did not allow it: ${text}`);
  if (status === 404) return new AppError('not-found', `The server found nothing there: ${text}`);
  if (status === 501) return new AppError('unsupported', `The server does not know this request: ${text}`);
  if (status === 595) {
    return new AppError('unreachable', `The cluster could not reach the node: ${text}`, { retry: 'later' });
  }
  if (status >= 596 && status <= 599) return brokenOff(text, status, changes);
  if (status >= 300 && status < 400) {
    return new AppError('not-proxmox', 'The address sent us elsewhere, which a Proxmox server does not do.');
  }
  return serverError(text);
}

function invalid(text: string, fields: Readonly<Record<string, string>>): AppError {
  const named = Object.entries(fields).map(([name, why]) => `${name}: ${why.trim()}`);
  const detail = named.length > 0 ? { fields: named.join('; ') } : undefined;
  const message = `The server did not accept the request: ${text}${named.length > 0 ? ` (${named.join('; ')})` : ''}`;
  return new AppError('invalid', message, detail ? { detail } : {});
}

function brokenOff(text: string, status: number, changes: boolean): AppError {
  if (changes) {
    return new AppError(
      'outcome-unknown',
      `The node did not finish its answer (${status} ${text}). Look whether it happened before you do it again.`,
    );
  }
  return new AppError('timeout', `The node did not answer the cluster in time (${status} ${text}).`, {
    retry: 'later',
  });
}

function serverError(text: string): AppError {
  if (/^(VM|CT) \d+ not running/.test(text)) {
    return new AppError('not-running', `${text}. Start it, then try again.`, { retry: 'later' });
  }
  if (/^Configuration file .* does not exist/.test(text) || /^no such (VM|CT)/.test(text)) {
    return new AppError('not-found', `The guest is not where it was: ${text}`, { retry: 'later' });
  }
  return new AppError('server', `The server failed: ${text}`, { retry: 'later' });
}
