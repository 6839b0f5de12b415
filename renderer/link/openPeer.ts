import type { Clock } from '../../shared/base/clock.ts';
import { createPagePeer } from '../../shared/wire/pagePeer.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';
import { openLink } from './openLink.ts';

/** Opens a link to this page's host and a peer on it. Rejects with `link-lost` when it cannot be had now. */
export const openPeer = async (clock: Clock): Promise<PagePeer> => createPagePeer(await openLink(), clock);
