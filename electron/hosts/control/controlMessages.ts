// What a command on this machine may ask of the app that runs: one line of JSON each way, then the end.
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1), z.maxLength(300));

export const controlRequest = z.discriminatedUnion('kind', [
  /** Opens a guest's console in a window of the app. Without a cluster the guest's name says enough, or does not. */
  z.strictObject({
    kind: z.literal('open-console'),
    guest: text,
    cluster: z.optional(text),
    view: z.optional(z.enum(['vnc', 'terminal'])),
  }),
  /** The list of clusters was changed by somebody else. */
  z.strictObject({ kind: z.literal('clusters-changed') }),
]);
export type ControlRequest = z.infer<typeof controlRequest>;

export const controlAnswer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('done'),
    /** What was opened, for people. */
    title: z.optional(z.string()),
    /** No window is open: this address opens one, once. A secret. */
    url: z.optional(z.string()),
  }),
  z.strictObject({ kind: z.literal('failed'), message: z.string() }),
]);
export type ControlAnswer = z.infer<typeof controlAnswer>;

export const MOST_LINE_BYTES = 8 << 10; // names, no content
