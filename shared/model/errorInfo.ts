import * as z from 'zod/mini';

import { errorCodes, retryHints } from '../base/errors.ts';

/** The schema of `ErrorInfo`: what crosses a border in place of an exception. */
export const errorInfo = z.object({
  code: z.enum(errorCodes),
  message: z.string(),
  retry: z.enum(retryHints),
  detail: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});
