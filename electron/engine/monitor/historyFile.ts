import { AppError } from '../../../shared/base/errors.ts';
import type { HistoryEntry } from '../../../shared/model/history.ts';
import type { Channel } from '../../../shared/wire/peer.ts';

const columns = [
  'clusterName',
  'node',
  'type',
  'vmid',
  'guestName',
  'subject',
  'user',
  'state',
  'startedAtMs',
  'endedAtMs',
  'doneBytes',
  'exitText',
  'remote',
  'upid',
] as const satisfies readonly (keyof HistoryEntry)[];
const ROWS_A_CHUNK = 200; // some 40 KiB

/** UTF-8: CSV by RFC 4180 with a header line, times in ISO 8601; or a JSON array of entries. */
export function* historyFile(entries: readonly HistoryEntry[], format: 'csv' | 'json'): Generator<string, void> {
  if (format === 'json') {
    yield '[';
    for (let at = 0; at < entries.length; at += ROWS_A_CHUNK) {
      const rows = entries.slice(at, at + ROWS_A_CHUNK).map((entry) => JSON.stringify(entry));
      yield `${at === 0 ? '\n' : ',\n'}${rows.join(',\n')}`;
    }
    yield '\n]\n';
    return;
  }
  yield `${columns.map((name) => name.replace(/AtMs$/, 'At')).join(',')}\r\n`;
  for (let at = 0; at < entries.length; at += ROWS_A_CHUNK) {
    yield entries
      .slice(at, at + ROWS_A_CHUNK)
      .map((entry) => `${columns.map((name) => cell(name, entry[name])).join(',')}\r\n`)
      .join('');
  }
}

function cell(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  if (name.endsWith('AtMs')) return new Date(Number(value)).toISOString();
  const text = String(value);
  // A spreadsheet would take such a text for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Sends the file, one piece after the other is taken. */
export function sendHistory(channel: Channel, pieces: Iterator<string, void>): void {
  channel.onData(() =>
    channel.close(0, { kind: 'failed', error: new AppError('protocol', 'Nothing is sent up here.') }),
  );
  channel.onEnd(() => {});
  const next = () => {
    const piece = pieces.next();
    if (piece.done) channel.end();
    else channel.write(new TextEncoder().encode(piece.value), next);
  };
  channel.start();
  next();
}
