import type * as z from 'zod/mini';

/** Small things this window keeps over a reload: layout and which rows are folded. Nothing here is worth an error. */
const prefix = 'sluice.';

export function readKept<T>(name: string, schema: z.ZodMiniType<T>, fallback: T): T {
  try {
    const text = localStorage.getItem(prefix + name);
    if (text === null) return fallback;
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : fallback;
  } catch {
    return fallback; // storage switched off, or written by something else
  }
}

export function writeKept(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or switched off: the window works on, it only forgets
  }
}
