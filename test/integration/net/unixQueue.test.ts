import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { connectUnix } from '../../../electron/engine/net/connector.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const AT_ONCE = 50;
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

/** A server with room for one connection that waits. */
async function narrowServer(): Promise<{ path: string; taken: net.Socket[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  const path = join(folder, 'end');
  const taken: net.Socket[] = [];
  const server = net.createServer((socket) => taken.push(socket));
  await new Promise<void>((resolve) => server.listen({ path, backlog: 1 }, resolve));
  cleanUps.push(() => {
    for (const socket of taken) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { path, taken };
}

describe.skipIf(process.platform !== 'linux')('a Unix socket at which too many wait', () => {
  it('is asked again until it takes the connection', async () => {
    const { path, taken } = await narrowServer();
    const duplexes = await Promise.all(Array.from({ length: AT_ONCE }, () => connectUnix({ path })));
    await until(() => taken.length === AT_ONCE);
    for (const duplex of duplexes) duplex.dispose();
  });

  it('is busy where that takes too long, and given up where nobody wants it any more', async () => {
    const { path } = await narrowServer();
    const controller = new AbortController();
    const clock = new FakeClock(); // stands still: 20 ms are less than the pause before the next try
    const all = Array.from({ length: AT_ONCE }, (_, n) =>
      connectUnix(n % 2 ? { path, clock, signal: controller.signal } : { path, clock, timeoutMs: 20 }),
    );
    controller.abort();
    const ends = await Promise.allSettled(all);
    const codes = ends.map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : 'open'));
    for (const end of ends) if (end.status === 'fulfilled') end.value.dispose();
    expect(new Set(codes)).toEqual(new Set(['open', 'busy', 'aborted']));
  });
});
