import * as z from 'zod/mini';

export const taskState = z.enum(['running', 'ok', 'warnings', 'failed', 'unknown']);
export type TaskState = z.infer<typeof taskState>;

/** One disk, or the memory, of a task that moves several things. */
export const taskPart = z.object({
  name: z.string(),
  doneBytes: z.number(),
  /** 0 where it is not known. */
  totalBytes: z.number(),
  isReady: z.boolean(),
  /** 0..1, never goes back. Absent where nothing is known. */
  fraction: z.optional(z.number()),
  bytesPerSecond: z.optional(z.number()),
});
export type TaskPart = z.infer<typeof taskPart>;

/**
 * What will become of it. `finishes`: the rate outruns what is dirtied. `slow`: it does, but barely. `never`: it does
 * not, unless something is changed. `stalled`: nothing has moved for a while.
 */
export const forecastKind = z.enum(['finishes', 'slow', 'never', 'stalled']);

export const taskForecast = z.object({
  kind: forecastKind,
  /** In plain words, without the options; why, where `kind` says that it stalls or does not finish. */
  sentence: z.string(),
  /** What a person can do about it, each one phrase. Empty where nothing needs to be done. */
  options: z.array(z.string()),
  /** How long the guest will stand still at the end, low and high. */
  downtimeMs: z.optional(z.tuple([z.number(), z.number()])),
});
export type TaskForecast = z.infer<typeof taskForecast>;

export const taskProgress = z.object({
  /** What it does at the moment, for people. */
  phase: z.optional(z.string()),
  /** 0..1, never goes back. Absent where nothing is known: it is working. */
  fraction: z.optional(z.number()),
  doneBytes: z.optional(z.number()),
  totalBytes: z.optional(z.number()),
  /** What is still to be moved, by the best guess there is: the log of a live migration does not say. */
  remainingBytes: z.optional(z.number()),
  bytesPerSecond: z.optional(z.number()),
  dirtyBytesPerSecond: z.optional(z.number()),
  /** Low and high guess. The end lies between them in nine of ten. */
  etaSeconds: z.optional(z.tuple([z.number(), z.number()])),
  /** Wall clock since when nothing has moved, where that is for too long. */
  stalledSinceMs: z.optional(z.number()),
  forecast: z.optional(taskForecast),
  parts: z.optional(z.array(taskPart)),
});
export type TaskProgress = z.infer<typeof taskProgress>;

/** A server job with a log. */
export const task = z.object({
  clusterId: z.string(),
  upid: z.string(),
  node: z.string(),
  /** The remote of a Datacenter Manager that the node belongs to. */
  remote: z.optional(z.string()),
  /** The server's word: `qmigrate`, `vzdump`. */
  type: z.string(),
  vmid: z.optional(z.number()),
  /** What it is about where that is no guest: a datastore, a storage, a remote. */
  subject: z.optional(z.string()),
  /** Who started it. */
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

/** How far a task was at one moment. What is absent was not known. */
export const taskSample = z.object({
  atMs: z.number(),
  fraction: z.optional(z.number()),
  doneBytes: z.optional(z.number()),
  remainingBytes: z.optional(z.number()),
  bytesPerSecond: z.optional(z.number()),
  dirtyBytesPerSecond: z.optional(z.number()),
});
export type TaskSample = z.infer<typeof taskSample>;

/** The newest samples of tasks that run, one each. */
export const tasksSampled = z.object({
  samples: z.array(z.object({ clusterId: z.string(), upid: z.string(), sample: taskSample })),
});
export type TasksSampled = z.infer<typeof tasksSampled>;

/** Something a person may want to be told of. `finished` and `failed` only of tasks that were seen running. */
export const taskNotice = z.object({
  clusterId: z.string(),
  upid: z.string(),
  kind: z.enum(['finished', 'failed', 'stalled', 'never']),
  /** `Migration of db-primary failed` */
  title: z.string(),
  /** Why, or what can be done; may be empty. */
  body: z.string(),
});
export type TaskNotice = z.infer<typeof taskNotice>;
