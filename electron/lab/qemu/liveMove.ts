import * as z from 'zod/mini';

import type { LiveMove } from '../guestBackend.ts';
import { renderBytes, stamp } from '../tasks/text.ts';
import { type MigrationInfo, pollMigration } from './migrationPoll.ts';
import type { QmpClient } from './qmpClient.ts';

const DOWNTIME_MS = 100; // Proxmox VE's own start

/** What qemu-server turns on. Not with TCG: it then loses dirty pages more often, and the guest dies of it. */
export const HELPS: readonly string[] = ['auto-converge', 'xbzrle'];
const NO_HELPS: readonly string[] = [];
const ARRIVAL_MS = 50;
const runState = z.object({ running: z.boolean() });
const listening = z.object({ 'socket-address': z.tuple([z.object({ port: z.string() })]) });

/**
 * Moves a running guest's memory to a QEMU that waits for it, and tells of it as qemu-server does (PVE wire facts
 * 6.4 a). Rejects when it failed or was stopped; the guest then runs on where it was.
 */
export async function moveMemory(
  source: QmpClient,
  destination: QmpClient,
  move: LiveMove,
  helps = NO_HELPS,
): Promise<void> {
  const capabilities = helps.map((capability) => ({ capability, state: true }));
  const say = (text: string) => move.log(`${stamp(move.nowMs())} ${text}`);
  const limit = move.limitBytesPerSecond;
  for (const qmp of [source, destination]) await qmp.execute('migrate-set-capabilities', { capabilities });
  await destination.execute('migrate-incoming', { uri: 'tcp:127.0.0.1:0' });
  const { 'socket-address': at } = z.parse(listening, await destination.execute('query-migrate'));
  const port = await move.via(Number(at[0].port));
  say('set migration capabilities');
  if (limit > 0) say(`migration speed limit: ${renderBytes(limit)}/s`);
  say(`migration downtime limit: ${DOWNTIME_MS} ms`);
  const setParameters = (parameters: Record<string, number>) => source.execute('migrate-set-parameters', parameters);
  await setParameters({ 'max-bandwidth': limit, 'downtime-limit': DOWNTIME_MS });
  say('set migration parameters');
  say(`start migrate command to tcp:127.0.0.1:${port}`);
  await source.execute('migrate', { uri: `tcp:127.0.0.1:${port}` });
  try {
    await pollMigration(
      {
        query: async () => (await source.execute('query-migrate')) as MigrationInfo,
        setDowntime: async (ms) => void (await setParameters({ 'downtime-limit': ms })),
        log: move.log,
        sleep: move.wait,
        nowMs: move.nowMs,
      },
      DOWNTIME_MS,
    );
    await untilRunning(destination, move);
  } catch (error) {
    await source.execute('migrate_cancel').catch(() => undefined); // it may have ended with the guest
    await source.execute('cont').catch(() => undefined);
    throw error;
  }
}

/** What the source has sent may still be on its way: till it is there the source must not end. */
async function untilRunning(destination: QmpClient, { wait }: LiveMove): Promise<void> {
  while (!z.parse(runState, await destination.execute('query-status')).running) await wait(ARRIVAL_MS);
}
