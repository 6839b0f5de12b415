import * as z from 'zod/mini';

import { launchView } from './launch.ts';

/** An address that was opened by hand before, for opening it again. Its password is kept nowhere. */
export const knownAddress = z.object({
  /** Without what stands behind a `?`: it may be a ticket. */
  address: z.string(),
  view: launchView,
  openedAtMs: z.number(),
});
export type KnownAddress = z.infer<typeof knownAddress>;
