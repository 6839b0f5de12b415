import type { LogLevel, LogSink } from '../deps.ts';

const HIDDEN = '[hidden]';
const MOST_DEPTH = 4;

/** Names of fields that are secrets whatever they hold. */
const secretName =
  /pass(word|phrase)?|ticket|cookie|csrf|secret|token|authorization|credential|challenge|^otp$|^code$|^key$/i;

/** Secrets by their own shape, wherever they stand. */
const secretShapes: readonly RegExp[] = [
  /\b(PVE|PVEVNC|PBS|PDM|PVEFILES)(:|%3A)[^\s"',;&]+/gi, // tickets, encoded or not
  /\b(PVE|PBS|PDM)AuthCookie=[^\s"',;&]+/gi,
  /\b(PVE|PBS|PDM)APIToken[= ][^\s"',;&]+/gi,
  /\b(password|passwd|vncticket|otp|tfa-challenge|CSRFPreventionToken)\s*[=:]\s*[^\s"',;&]+/gi,
  /\b[0-9A-F]{8}:[A-Za-z0-9+/]{20,}={0,2}/g, // CSRF tokens
  /\/login\/[A-Za-z0-9_-]{16,}/g, // one-time URLs
  /[?&](code|state|session_state|id_token)=[^\s"'&]+/g, // of an OpenID provider's answer
];

/** Text without what looks like a secret. */
export function redactText(text: string): string {
  return secretShapes.reduce((clean, shape) => clean.replace(shape, HIDDEN), text);
}

/** A value fit for a log: secrets hidden by name and shape, deep structures cut. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MOST_DEPTH) return '[deep]';
  if (value instanceof Error) return redactText(`${value.name}: ${value.message}`);
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (Array.isArray(value)) return value.slice(0, 50).map((entry) => redactValue(entry, depth + 1));
  const clean: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value)) {
    clean[name] = secretName.test(name) ? HIDDEN : redactValue(entry, depth + 1);
  }
  return clean;
}

/** Everything that is logged goes through here. A sink that fails does not fail the engine. */
export class RedactingLog implements LogSink {
  readonly #sink: LogSink;

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  write(level: LogLevel, area: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const clean = fields === undefined ? undefined : (redactValue(fields) as Record<string, unknown>);
    try {
      this.#sink.write(level, area, redactText(message), clean);
    } catch {
      // There is nowhere left to say so.
    }
  }
}
