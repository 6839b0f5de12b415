import * as z from 'zod/mini';

/** An open door on this machine's loopback to a cluster's API. Its token is asked for on its own and not kept by pages. */
export const gateway = z.object({
  id: z.string(),
  clusterId: z.string(),
  /** `http://127.0.0.1:41234` */
  url: z.string(),
  allowsWrites: z.boolean(),
  openedAtMs: z.number(),
});
export type Gateway = z.infer<typeof gateway>;
