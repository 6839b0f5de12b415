import * as z from 'zod/mini';

export const launchView = z.enum(['vnc', 'terminal', 'spice']);
export type LaunchView = z.infer<typeof launchView>;

/** A console that a link or a connection file asks for. Nothing was connected for it yet. */
export const launch = z.object({
  id: z.string(),
  from: z.enum(['link', 'file']),
  what: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('guest'),
      clusterId: z.string(),
      /** As it stands in the link: a number or a name. */
      guest: z.string(),
      view: z.optional(launchView),
    }),
    z.object({
      kind: z.literal('endpoint'),
      protocol: z.enum(['vnc', 'spice']),
      /** Where it leads, for people: nothing of it is a secret. */
      address: z.string(),
      via: z.optional(z.string()),
      title: z.optional(z.string()),
      isEncrypted: z.boolean(),
    }),
    z.object({ kind: z.literal('refused'), message: z.string() }),
  ]),
});
export type Launch = z.infer<typeof launch>;
