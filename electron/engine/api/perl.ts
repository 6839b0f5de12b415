// Decoders for what a Perl server means, not what it types (PVE wire facts 1.7, 11.32): integers come as strings,
// booleans as 0, 1, "0", "1" or true, absent values as null or not at all.
import * as z from 'zod/mini';

const numeric = z.string().check(z.regex(/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/));

/** A number, also where the server sent it as a string. */
export const perlNumber = z.union([z.number(), z.pipe(numeric, z.transform(Number))]);

/** Text, also where it looks like a number and the server sent it as one (a guest named `100`). */
export const perlText = z.union([z.string(), z.pipe(z.union([z.number(), z.boolean()]), z.transform(String))]);

/** True for 1, "1" and true; false for everything else, absent included. */
export const perlFlag = z.pipe(
  z.optional(z.unknown()),
  z.transform((value) => value === true || value === 1 || value === '1'),
);

/** `fallback` in place of what does not fit. */
export const orElse = z.catch;

/** Undefined where the value is absent, null or of a shape we can't use: a detail never spoils the rest. */
export const lenient = <T extends z.core.$ZodType>(schema: T) => orElse(z.optional(schema), undefined);

/** A list whose entries that we can't read are left out: one odd guest never hides the others. */
export function listOf<T extends z.core.$ZodType>(schema: T) {
  return z.pipe(
    z.nullish(z.array(z.unknown())),
    z.transform((entries): z.infer<T>[] => {
      const kept: z.infer<T>[] = [];
      for (const entry of entries ?? []) {
        const parsed = z.safeParse(schema, entry);
        if (parsed.success) kept.push(parsed.data);
      }
      return kept;
    }),
  );
}
