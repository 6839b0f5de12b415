import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RecordingSet } from '../bench/migrationScenarios.ts';

export interface Recording {
  readonly name: string;
  /** Whether the forecast was made by looking at it. */
  readonly set: RecordingSet;
  readonly memoryMib: number;
  readonly outcome: 'completed' | 'cancelled';
  /** When its log said that it was over, behind its start. */
  readonly endMs: number;
  readonly lines: readonly { readonly atMs: number; readonly line: string }[];
  /** What QEMU itself said meanwhile. */
  readonly truth: readonly { readonly atMs: number; readonly transferred: number; readonly remaining: number }[];
}

const folder = join(import.meta.dirname, '../fixtures/migrations');

/** Real migrations of `test/bench/recordMigrations.ts`. */
export function readRecordings(): Recording[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.sort().map((name) => {
    const [head, ...events] = readFileSync(join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    return {
      set: 'tuned' as const,
      ...(head as unknown as Pick<Recording, 'name' | 'outcome' | 'memoryMib'>),
      lines: events.filter((event) => 'line' in event) as unknown as Recording['lines'],
      truth: events.filter((event) => 'transferred' in event) as unknown as Recording['truth'],
      endMs: endOf(events, Number(head?.['endMs'])),
    };
  });
}

function endOf(events: readonly Record<string, unknown>[], fallbackMs: number): number {
  const last = events.find((event) => String(event['line']).includes('migration completed'));
  return last ? Number(last['atMs']) : fallbackMs;
}
