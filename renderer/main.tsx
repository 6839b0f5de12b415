import { systemClock } from '../shared/base/clock.ts';
import { AppError } from '../shared/base/errors.ts';
import type { PagePeer } from '../shared/wire/peer.ts';
import { startPage } from './startPage.tsx';

/** What talks to the engine, with the schemas of all it says, is read once the window's first picture stands. */
async function connect(): Promise<PagePeer> {
  const { openPeer } = await import('./link/openPeer.ts').catch((cause: unknown) => {
    throw new AppError('link-lost', 'A part of the window could not be loaded.', { retry: 'later', cause });
  });
  return openPeer(systemClock);
}

startPage({ connect, clock: systemClock });
