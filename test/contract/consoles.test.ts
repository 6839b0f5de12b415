import { Prelude } from '../../electron/engine/console/prelude.ts';
import { systemClock } from '../../shared/base/clock.ts';
import type { Handshake } from '../../shared/codec/handshake.ts';
import { channels } from '../../shared/wire/contract.ts';
import { describeDuplex, type DuplexPair } from '../support/describeDuplex.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { memoryLinks } from '../support/links.ts';
import { consoleParams, joinPeers } from '../support/peers.ts';
import { until } from '../support/until.ts';

/** Both say hello, and take the other's. */
const hello = (): Handshake => ({
  greeting: Uint8Array.of(1, 2, 3),
  step: (unread) => (unread.length < 3 ? undefined : { taken: 3, isDone: true }),
});

async function preludePair(): Promise<DuplexPair> {
  const links = memoryLinks();
  const { page, engine, opened } = joinPeers(links);
  const a = new Prelude(page.open('console', consoleParams), systemClock);
  await until(() => opened.length === 1, 'the channel at the engine');
  const b = new Prelude(opened[0]!.channel, systemClock);
  await Promise.all([a.run(hello(), 1_000), b.run(hello(), 1_000)]);
  return {
    a,
    b,
    maxHeldBytes: channels.console.creditDownBytes,
    async dispose() {
      page.close();
      engine.close();
      await links.dispose();
    },
  };
}

checkLeaks();
describeDuplex('what a handshake leaves', preludePair);
