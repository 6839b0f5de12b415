import { systemClock } from '../shared/base/clock.ts';
import { createPagePeer } from '../shared/wire/pagePeer.ts';
import { openLink } from './link/openLink.ts';
import { startPage } from './startPage.tsx';

startPage({ connect: async () => createPagePeer(await openLink(), systemClock), clock: systemClock });
