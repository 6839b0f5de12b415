// What the page tells the desktop through the shell. Checked by the shell: pages are not trusted.
import * as z from 'zod/mini';

export const shellNotice = z.strictObject({
  id: z.string().check(z.minLength(1), z.maxLength(2048)),
  title: z.string().check(z.minLength(1), z.maxLength(200)),
  body: z.string().check(z.maxLength(500)),
});
export type ShellNotice = z.infer<typeof shellNotice>;

export const shellWork = z.strictObject({
  running: z.int().check(z.gte(0)),
  /** How many of them someone should look at. */
  attention: z.int().check(z.gte(0)),
  /** How many end with this program: the app outlives its windows for them. Absent: none. */
  own: z.optional(z.int().check(z.gte(0))),
  /** 0..1 of all that runs; absent where nothing is known. */
  fraction: z.optional(z.number().check(z.gte(0), z.lte(1))),
});
export type ShellWork = z.infer<typeof shellWork>;
