import type { LogSink } from '../engine/deps.ts';

/** Warnings and errors to stderr, one line each. What comes here has no secrets in it any more. */
export const consoleLog: LogSink = {
  write(level, area, message, fields) {
    if (level === 'debug' || level === 'info') return;
    const rest = fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
    process.stderr.write(`${new Date().toISOString()} ${level} ${area}: ${message}${rest}\n`);
  },
};
