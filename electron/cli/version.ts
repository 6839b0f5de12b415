import { existsSync, readFileSync } from 'node:fs';

import * as z from 'zod/mini';

import manifest from '../../package.json' with { type: 'json' };

/** An installed program says its version beside this bundle: the one it was packed with. */
function packedVersion(): string | undefined {
  const path = new URL('package.json', import.meta.url);
  if (!existsSync(path)) return undefined;
  return z.parse(z.object({ version: z.string() }), JSON.parse(readFileSync(path, 'utf8'))).version;
}

export const version: string = packedVersion() ?? manifest.version;
