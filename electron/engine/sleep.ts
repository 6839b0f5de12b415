import type { EngineParts } from './engineParts.ts';

const ANSWER_MS = 15_000; // networks take seconds to be back, and lost packets are sent again after a while

type Parts = Pick<EngineParts, 'sessions' | 'inventory' | 'tasks' | 'relays'>;

/**
 * The machine falls asleep: nothing is asked any more, and what fails now is nobody's fault. It wakes up: tickets that
 * are due are renewed, kept connections of before are not used again, every tunnel is asked for a sign of life, and the
 * clusters are read anew.
 */
export function setAsleep({ sessions, inventory, tasks, relays }: Parts, isAsleep: boolean): void {
  for (const session of sessions.all()) session.setAsleep(isAsleep);
  inventory.setAsleep(isAsleep);
  tasks.setAsleep(isAsleep);
  if (!isAsleep) for (const relay of relays.relays) relay.check(ANSWER_MS);
}
