import { channels } from '../../shared/wire/contract.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { describeDuplex, type DuplexPair } from '../support/describeDuplex.ts';
import type { LinkPair } from '../support/describeLink.ts';
import { memoryLinks, portLinks, webSocketLinks } from '../support/links.ts';
import { oneByteAtATime } from '../support/oneByteAtATime.ts';
import { consoleParams, joinPeers } from '../support/peers.ts';
import { until } from '../support/until.ts';

async function channelPair(links: LinkPair): Promise<DuplexPair> {
  const { page, engine, opened } = joinPeers(links);
  const a = page.open('console', consoleParams);
  await until(() => opened.length === 1, 'the channel at the engine');
  return {
    a,
    b: opened[0]!.channel,
    maxHeldBytes: channels.console.creditDownBytes,
    async dispose() {
      page.close();
      engine.close();
      await links.dispose();
    },
  };
}

checkLeaks();
describeDuplex('channel over a memory link', () => channelPair(memoryLinks()));
describeDuplex('channel over a message port', () => channelPair(portLinks(true)));
describeDuplex('channel over a WebSocket', async () => channelPair(await webSocketLinks()));
describeDuplex('channel delivered one byte at a time', async () => oneByteAtATime(await channelPair(memoryLinks())));
