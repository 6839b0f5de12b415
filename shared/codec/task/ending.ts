import type { TaskState } from '../../model/task.ts';

/** What became of a task, from its exit status (PVE wire facts 6.3). */
export function endState(exitStatus: string): Exclude<TaskState, 'running'> {
  if (exitStatus === 'OK') return 'ok';
  if (/^WARNINGS: \d+$/.test(exitStatus)) return 'warnings';
  if (
    exitStatus === '' ||
    exitStatus === 'unknown' ||
    exitStatus === 'unexpected status' ||
    /^unable to (get last line|read tail)/.test(exitStatus)
  ) {
    return 'unknown';
  }
  return 'failed';
}

/** A line without the time that Backup Server and Datacenter Manager put before each (PVE wire facts 9.2). */
export function unstamped(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d): /, '');
}

/** The last line of a log that has ended. */
export function isLastLine(line: string): boolean {
  return /^TASK (OK|ERROR: .*|WARNINGS: \d+)$/.test(unstamped(line));
}

/** What a failed task says about why. Undefined where it does not. */
export function failureOf(lines: readonly string[]): string | undefined {
  for (const line of [...lines].reverse()) {
    const match = /^TASK ERROR: (.*)$/.exec(unstamped(line));
    if (match) return match[1];
  }
  return undefined;
}
