import { AppError } from '../../shared/base/errors.ts';
import type { Link } from '../../shared/wire/link.ts';
import { createMemoryLinkPair } from '../../shared/wire/memoryLink.ts';
import type { ChannelHandlers, MethodHandlers } from '../../shared/wire/peer.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import { joinPeers, type PeerPair } from './peers.ts';

export const hello = {
  version: '1',
  epoch: 'e',
  heartbeatMs: 20_000,
  host: 'in-process' as const,
  hasDemo: false,
  forced: [],
  settings: { theme: 'system' as const, releaseKey: 'ControlRight' as const, terminalFontSizePx: 12 },
};

export interface JoinedPeers extends PeerPair {
  readonly clock: FakeClock;
  readonly pageLink: Link;
  readonly engineLink: Link;
}

export function joinInMemory(
  options: { methods?: Partial<MethodHandlers>; channels?: Partial<ChannelHandlers> } = {},
): JoinedPeers {
  const clock = new FakeClock();
  const [a, b] = createMemoryLinkPair();
  return { ...joinPeers({ a, b }, { clock, ...options }), clock, pageLink: a, engineLink: b };
}

/** The code a promise is rejected with. */
export const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
