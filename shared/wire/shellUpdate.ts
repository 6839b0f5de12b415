// What the shell tells the page of new versions of the program, and what the page may ask of it.
import * as z from 'zod/mini';

const version = z.string().check(z.maxLength(100));
const reason = z.string().check(z.maxLength(1_000));

export const updatePhase = z.discriminatedUnion('kind', [
  /** Not looked yet. */
  z.strictObject({ kind: z.literal('idle') }),
  /** No updates here, and why. */
  z.strictObject({ kind: z.literal('off'), reason }),
  z.strictObject({ kind: z.literal('checking') }),
  z.strictObject({ kind: z.literal('current'), checkedAtMs: z.number() }),
  /** A newer one goes out in steps, and this computer's turn has not come. */
  z.strictObject({ kind: z.literal('waiting'), version }),
  z.strictObject({ kind: z.literal('refused'), version, reason }),
  z.strictObject({ kind: z.literal('available'), version }),
  z.strictObject({
    kind: z.literal('downloading'),
    version,
    fraction: z.number().check(z.gte(0), z.lte(1)),
    bytesPerSecond: z.number().check(z.gte(0)),
  }),
  /** Fetched and checked. It is installed when the program ends, or when the person says so. */
  z.strictObject({ kind: z.literal('ready'), version }),
  z.strictObject({ kind: z.literal('failed'), reason }),
]);
export type UpdatePhase = z.infer<typeof updatePhase>;

export const updateState = z.strictObject({
  /** Who installs: the program itself, the system's package manager, or a person with a new file. */
  installs: z.enum(['self', 'package-manager', 'person']),
  phase: updatePhase,
});
export type UpdateState = z.infer<typeof updateState>;

export const updateActions = ['check', 'download', 'cancel', 'install'] as const;
export const updateAction = z.enum(updateActions);
export type UpdateAction = z.infer<typeof updateAction>;
