import * as z from 'zod/mini';

export const taskState = z.enum(['running', 'ok', 'warnings', 'failed', 'unknown']);
export type TaskState = z.infer<typeof taskState>;

/** One disk, or the memory, of a task that moves several things. */
export const taskPart = z.object({
  name: z.string(),
  doneBytes: z.number(),
  totalBytes: z.number(),
  isReady: z.boolean(),
});

export const taskProgress = z.object({
  /** What it does at the moment, for people. */
  phase: z.optional(z.string()),
  /** 0..1, never goes back. Absent where nothing is known. */
  fraction: z.optional(z.number()),
  doneBytes: z.optional(z.number()),
  totalBytes: z.optional(z.number()),
  bytesPerSecond: z.optional(z.number()),
  dirtyBytesPerSecond: z.optional(z.number()),
  /** Low and high guess. */
  etaSeconds: z.optional(z.tuple([z.number(), z.number()])),
  parts: z.optional(z.array(taskPart)),
});
export type TaskProgress = z.infer<typeof taskProgress>;

/** A server job with a log. */
export const task = z.object({
  clusterId: z.string(),
  upid: z.string(),
  node: z.string(),
  /** The server's word: `qmigrate`, `vzdump`. */
  type: z.string(),
  vmid: z.optional(z.number()),
  user: z.string(),
  state: taskState,
  startedAtMs: z.number(),
  endedAtMs: z.optional(z.number()),
  /** The server's own words when it ended otherwise than OK. */
  exitText: z.optional(z.string()),
  progress: z.optional(taskProgress),
});
export type Task = z.infer<typeof task>;

/** `removed` are UPIDs. `full` replaces all that was known of the cluster's tasks. */
export const taskChange = z.object({
  clusterId: z.string(),
  full: z.boolean(),
  tasks: z.array(task),
  removed: z.array(z.string()),
});
export type TaskChange = z.infer<typeof taskChange>;
