import { HIDDEN, redactText } from '../../../shared/base/redactText.ts';
import type { LogLevel, LogSink } from '../deps.ts';

const MOST_DEPTH = 4;

/** Names of fields that are secrets whatever they hold. */
const secretName =
  /pass(word|phrase)?|ticket|cookie|csrf|secret|token|authorization|credential|challenge|^otp$|^code$|^key$/i;

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
