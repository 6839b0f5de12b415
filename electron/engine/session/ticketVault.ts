import * as z from 'zod/mini';

import type { Vault } from '../deps.ts';

/** What is kept so that a sign-in outlives the engine's process. A secret: it goes to the vault and nowhere else. */
const keptTicket = z.object({ user: z.string(), ticket: z.string(), csrf: z.string(), issuedAtMs: z.number() });
export type KeptTicket = z.infer<typeof keptTicket>;

const nameOf = (clusterId: string) => `ticket/${clusterId}`;

export async function readTicket(vault: Vault, clusterId: string): Promise<KeptTicket | undefined> {
  const text = await vault.read(nameOf(clusterId));
  if (text === undefined) return undefined;
  try {
    const parsed = keptTicket.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export async function writeTicket(vault: Vault, clusterId: string, ticket: KeptTicket): Promise<void> {
  await vault.write(nameOf(clusterId), JSON.stringify(ticket));
}

export async function removeTicket(vault: Vault, clusterId: string): Promise<void> {
  await vault.remove(nameOf(clusterId));
}
