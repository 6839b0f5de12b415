import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 60_000; // a shared machine boots a guest ten times slower than 2 s at worst
const pollMs = 20;

/** Waits for what only another process can bring about. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come within ${patienceMs / 1000} s`);
    await sleep(pollMs);
  }
}
