import * as z from 'zod/mini';

/**
 * Where sign-ins are kept: with the system's key store, in a file that nothing but the rights of files protects, or in
 * memory, which ends with the program.
 */
export const vaultKeeping = z.enum(['system', 'unprotected', 'memory']);

export const vaultState = z.object({
  keeps: vaultKeeping,
  /** There is no key store here; a person may say that the file is good enough. */
  canBeUnprotected: z.boolean(),
});
export type VaultState = z.infer<typeof vaultState>;
