import * as z from 'zod/mini';

import type { Vault } from '../deps.ts';
import type { Grant } from './loginSteps.ts';

const keptTicket = z.object({
  user: z.string(),
  ticket: z.string(),
  csrf: z.string(),
  cookie: z.optional(z.string()),
  issuedAtMs: z.number(),
});
const keptToken = z.object({ user: z.string(), token: z.string() });
const keptSignIn = z.union([keptTicket, keptToken]);

/** What is kept so that a sign-in outlives the engine's process. A secret: it goes to the vault and nowhere else. */
export type KeptSignIn = z.infer<typeof keptSignIn>;

/** What of a login is kept. */
export function keptOf({ user, ticket, csrf, cookie }: Grant, issuedAtMs: number): KeptSignIn {
  return { user, ticket, csrf, issuedAtMs, ...(cookie !== undefined && { cookie }) };
}

const nameOf = (clusterId: string) => `ticket/${clusterId}`; // named when there were tickets only

export async function readSignIn(vault: Vault, clusterId: string): Promise<KeptSignIn | undefined> {
  const text = await vault.read(nameOf(clusterId));
  if (text === undefined) return undefined;
  try {
    const parsed = keptSignIn.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export async function writeSignIn(vault: Vault, clusterId: string, kept: KeptSignIn): Promise<void> {
  await vault.write(nameOf(clusterId), JSON.stringify(kept));
}

export async function removeSignIn(vault: Vault, clusterId: string): Promise<void> {
  await vault.remove(nameOf(clusterId));
}
