import * as z from 'zod/mini';

import { taskState } from './task.ts';

/** A task that is over, as it is remembered after the server has forgotten it. */
export const historyEntry = z.object({
  clusterId: z.string(),
  /** As it was called then: the cluster may be gone from the list. */
  clusterName: z.string(),
  upid: z.string(),
  node: z.string(),
  remote: z.optional(z.string()),
  type: z.string(),
  vmid: z.optional(z.number()),
  subject: z.optional(z.string()),
  /** The guest's name at that time. */
  guestName: z.optional(z.string()),
  user: z.string(),
  state: taskState,
  startedAtMs: z.number(),
  endedAtMs: z.optional(z.number()),
  exitText: z.optional(z.string()),
  doneBytes: z.optional(z.number()),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

/** All of it optional, and all that is given must fit. */
export const historyFilter = z.strictObject({
  /** Words that occur somewhere in type, guest, node, user, cluster or exit text, in any order and case. */
  search: z.optional(z.string().check(z.maxLength(200))),
  clusterId: z.optional(z.string().check(z.maxLength(64))),
  states: z.optional(z.array(taskState).check(z.maxLength(5))),
  types: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.maxLength(64))),
  /** Wall clock of the start, both inclusive. */
  fromMs: z.optional(z.number()),
  toMs: z.optional(z.number()),
});
export type HistoryFilter = z.infer<typeof historyFilter>;

export const historyPage = z.object({
  /** The newest first. */
  entries: z.array(historyEntry),
  /** How many fit in all. */
  total: z.number(),
  /** Give it as `after` for the next page; absent where this was the last one. */
  next: z.optional(z.string()),
});
export type HistoryPage = z.infer<typeof historyPage>;
