import * as z from 'zod/mini';

export const themeChoice = z.enum(['system', 'light', 'dark']);

/** What the person chose. Kept by the engine, so that it is the same after a restart and in every window. */
export const settings = z.object({
  theme: themeChoice,
  /** `KeyboardEvent.code` of the key that takes the keyboard back from a console. */
  releaseKey: z.enum(['ControlRight', 'AltRight', 'ShiftRight', 'MetaRight', 'ScrollLock']),
  terminalFontSizePx: z.number().check(z.gte(6), z.lte(40)),
});
export type Settings = z.infer<typeof settings>;

export const defaultSettings: Settings = { theme: 'system', releaseKey: 'ControlRight', terminalFontSizePx: 12 };
