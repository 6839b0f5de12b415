import * as z from 'zod/mini';

export const secondFactorKind = z.enum(['totp', 'recovery', 'yubico']);
export type SecondFactorKind = z.infer<typeof secondFactorKind>;

/** What came of a step of a login that the server did not refuse. */
export const loginResult = z.union([
  z.object({ kind: z.literal('signed-in'), clusterId: z.string() }),
  z.object({
    kind: z.literal('second-factor'),
    /** Names the half-finished login in the engine; single-use, expires. */
    challengeId: z.string(),
    offered: z.array(secondFactorKind),
    /** Asked for by the server and not answerable here, such as `webauthn`. */
    unavailable: z.array(z.string()),
    expiresInMs: z.number(),
  }),
]);
export type LoginResult = z.infer<typeof loginResult>;
