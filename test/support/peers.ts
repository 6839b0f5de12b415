import type { Clock } from '../../shared/base/clock.ts';
import type { AppError } from '../../shared/base/errors.ts';
import { type ChannelKind, type ChannelParams, channels as channelKinds } from '../../shared/wire/contract.ts';
import { createEnginePeer } from '../../shared/wire/enginePeer.ts';
import type { Link } from '../../shared/wire/link.ts';
import { createPagePeer } from '../../shared/wire/pagePeer.ts';
import type { Channel, ChannelHandlers, EnginePeer, MethodHandlers, PagePeer } from '../../shared/wire/peer.ts';

export const consoleParams: ChannelParams<'console'> = {
  target: { kind: 'guest', clusterId: 'c1', guestId: 'qemu/100' },
  view: 'terminal',
  cols: 80,
  rows: 24,
};

export interface Opened {
  readonly kind: ChannelKind;
  readonly params: unknown;
  readonly channel: Channel;
}

export interface PeerPair {
  readonly page: PagePeer;
  readonly engine: EnginePeer;
  /** Channels as they arrived at the engine. */
  readonly opened: Opened[];
  readonly violations: AppError[];
}

/** Both peers over a pair of links. Methods that are not given answer with an error. */
export function joinPeers(
  links: { readonly a: Link; readonly b: Link },
  options: { methods?: Partial<MethodHandlers>; channels?: Partial<ChannelHandlers>; clock?: Clock } = {},
): PeerPair {
  const opened: Opened[] = [];
  const violations: AppError[] = [];
  const onViolation = (error: AppError) => violations.push(error);
  const keep = (kind: ChannelKind) => (params: unknown, channel: Channel) => {
    opened.push({ kind, params, channel });
  };
  const kept = Object.fromEntries(Object.keys(channelKinds).map((kind) => [kind, keep(kind as ChannelKind)]));
  const channels = { ...kept, ...options.channels } as ChannelHandlers;
  const methods = (options.methods ?? {}) as MethodHandlers;
  const engine = createEnginePeer(links.b, { methods, channels }, options.clock, { onViolation });
  const page = createPagePeer(links.a, options.clock, { onViolation });
  return { page, engine, opened, violations };
}
