import { join } from 'node:path';

import { rolldown } from 'rolldown';

import { dist, root } from './paths.mjs';

/** Native parts of `ws`, asked for in a try/catch: used where they are installed, done without elsewhere. */
const optionalNatives = ['bufferutil', 'utf-8-validate'];

/** What runs on Node, one file each. `electron` may only be asked for where the shell itself runs. */
export const bundles = [
  { name: 'cli.mjs', input: 'electron/cli/cli.ts', hasElectron: false },
  { name: 'utilityHost.mjs', input: 'electron/hosts/utility/utilityHost.ts', hasElectron: false },
  { name: 'main.mjs', input: 'electron/main/main.ts', hasElectron: true },
  { name: 'updater.mjs', input: 'electron/main/update/electronUpdaters.ts', hasElectron: true, isSmall: true },
  { name: 'early.cjs', input: 'electron/main/early.ts', hasElectron: true },
  { name: 'preload.cjs', input: 'electron/preload/preload.ts', hasElectron: true },
];

/** Bundles one entry into dist and returns its code. Throws on what cannot be resolved. */
export async function bundle({ name, input, hasElectron, isSmall = false }) {
  const build = await rolldown({
    cwd: root,
    input: join(root, input),
    platform: 'node',
    external: hasElectron ? ['electron', ...optionalNatives] : optionalNatives,
    transform: { target: 'node20' },
    tsconfig: false,
    onLog: (level, log, handler) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      handler(level, log);
    },
  });
  const { output } = await build.write({
    file: join(dist, name),
    format: name.endsWith('.cjs') ? 'cjs' : 'esm',
    codeSplitting: false,
    minify: isSmall, // nearly all of it is a library's
    comments: { legal: false },
  });
  await build.close();
  return output.map((part) => (part.type === 'chunk' ? part.code : '')).join('\n');
}

/** Whether built code asks for the package `electron`, in any way there is. */
export function asksForElectron(code) {
  return /(?:\bfrom|\bimport|\brequire|\bimport\s*\(|\brequire\s*\()\s*\(?\s*["'`]electron(?:\/[\w/]*)?["'`]/.test(
    code,
  );
}
