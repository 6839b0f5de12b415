import * as z from 'zod/mini';

import { errorInfo } from './errorInfo.ts';

export const consoleView = z.enum(['vnc', 'terminal']);
export type ConsoleView = z.infer<typeof consoleView>;

/** What a console shows: a guest, a node's shell, or a console that stands alone. */
export const consoleTarget = z.union([
  z.object({ kind: z.literal('guest'), clusterId: z.string(), guestId: z.string() }),
  z.object({ kind: z.literal('node'), clusterId: z.string(), node: z.string() }),
  /** What a connection file or an address leads to: of no cluster, and known to the engine's process alone. */
  z.object({
    kind: z.literal('endpoint'),
    clusterId: z.literal(''),
    endpointId: z.string(),
    label: z.string(),
    /** It has no other. */
    view: consoleView,
    /** As it was typed, without what may be a secret; absent where a file named it. */
    address: z.optional(z.string()),
  }),
]);
export type ConsoleTarget = z.infer<typeof consoleTarget>;

/**
 * Opening runs session, ticket, tunnel, handshake, open; `alive`, `slow`, `late` and `waits` follow from heartbeat and
 * window while it is open. The end is the channel's close.
 */
export const consolePhase = z.enum(['session', 'ticket', 'tunnel', 'handshake', 'open']);
export type ConsolePhase = z.infer<typeof consolePhase>;

export const consoleStep = z.object({
  phase: consolePhase,
  startedAtMs: z.number(),
  tookMs: z.optional(z.number()),
  error: z.optional(errorInfo),
});

export const consoleStatus = z.object({
  /** The number of the channel it came for. */
  channel: z.number(),
  node: z.string(),
  steps: z.array(consoleStep),
});
export type ConsoleStatus = z.infer<typeof consoleStatus>;

/** One direction of a relay. */
export const relayDirection = z.object({
  bytes: z.number(),
  heldBytes: z.number(),
  isPaused: z.boolean(),
  /** How often its source had to wait for its sink, and for how long in all. */
  pauses: z.number(),
  stalledMs: z.number(),
});

export const tunnelHealth = z.enum(['alive', 'slow', 'late', 'dead']);

export const relayMeter = z.object({
  id: z.number(),
  label: z.string(),
  /** The channel it feeds, where it feeds a page's console. */
  channel: z.optional(z.number()),
  health: tunnelHealth,
  /** The last ten, oldest first. */
  roundTripsMs: z.array(z.number()),
  /** How often a sign of life is sent to the peer, where its protocol has one. */
  heartbeatMs: z.optional(z.number()),
  /** Learned: connections to this address were cut after that much silence, so the heartbeat is below it. */
  idleLimitMs: z.optional(z.number()),
  windowBytes: z.number(),
  up: relayDirection,
  down: relayDirection,
});
export type RelayMeter = z.infer<typeof relayMeter>;

export const meters = z.object({
  heldBytes: z.number(),
  budgetBytes: z.number(),
  relays: z.array(relayMeter),
});
export type Meters = z.infer<typeof meters>;
