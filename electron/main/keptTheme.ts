import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

export const theme = z.enum(['system', 'light', 'dark']);

const kept = z.object({ theme });

/** The theme that the engine keeps, for the colour of a window that has drawn nothing yet. */
export function keptTheme(dataDir: string): z.infer<typeof theme> {
  try {
    const parsed = kept.safeParse(JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8')));
    return parsed.success ? parsed.data.theme : 'system';
  } catch {
    return 'system'; // none yet, or damaged: the page says it in a moment
  }
}
