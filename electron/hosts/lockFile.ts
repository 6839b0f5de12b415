import { open, readFile, rm, stat } from 'node:fs/promises';

import { sleep } from '../../shared/base/abort.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { isAlive } from './isAlive.ts';

const AGAIN_MS = 20;
const GIVE_UP_MS = 5_000; // what is done under it takes some milliseconds
const STALE_MS = 10_000; // whoever made it has died, and its number may be another's by now

/** Resolves, when nobody else holds it, with what gives it back. Rejects after 5 s. */
export async function lockFile(path: string): Promise<() => Promise<void>> {
  const untilMs = systemClock.nowMs() + GIVE_UP_MS;
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await isStale(path)) await rm(path, { force: true });
    else if (systemClock.nowMs() > untilMs) throw new Error(`Another program holds ${path}.`);
    else await sleep(systemClock, AGAIN_MS);
  }
}

async function isStale(path: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(path, 'utf8'));
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) return true; // killed while it held it
    return systemClock.wallMs() - (await stat(path)).mtimeMs > STALE_MS;
  } catch {
    return false; // given back just now
  }
}
