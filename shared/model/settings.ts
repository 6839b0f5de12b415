import * as z from 'zod/mini';

export const themeChoice = z.enum(['system', 'light', 'dark']);

/** What the person chose. Kept by the engine, so that it is the same after a restart and in every window. */
export const settings = z.object({
  theme: themeChoice,
  /** `KeyboardEvent.code` of the key that takes the keyboard back from a console. */
  releaseKey: z.enum(['ControlRight', 'AltRight', 'ShiftRight', 'MetaRight', 'ScrollLock']),
  terminalFontSizePx: z.number().check(z.gte(6), z.lte(40)),
  /** Sign-ins outlive the program; so where it is absent. */
  keepsSignIns: z.optional(z.boolean()),
  /** They may lie in a file that only the rights of files protect, where the system has no key store. */
  keepsUnprotected: z.optional(z.boolean()),
});
export type Settings = z.infer<typeof settings>;

export const defaultSettings: Settings = { theme: 'system', releaseKey: 'ControlRight', terminalFontSizePx: 12 };
