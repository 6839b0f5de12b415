import { join } from 'node:path';

import { rolldown } from 'rolldown';

import { dist, root } from './paths.mjs';

/** Native parts of `ws`, asked for in a try/catch: used where they are installed, done without elsewhere. */
const optionalNatives = ['bufferutil', 'utf-8-validate'];

/**
 * What runs on Node. Entries of one bundle share their parts, and what is imported only when it is needed (the demo
 * cluster) is a part of its own, which nobody reads before. `electron` may only be asked for where the shell itself runs.
 */
export const bundles = [
  { inputs: { cli: 'electron/cli/cli.ts', utilityHost: 'electron/hosts/utility/utilityHost.ts' }, hasElectron: false },
  { inputs: { main: 'electron/main/main.ts' }, hasElectron: true },
  { inputs: { updater: 'electron/main/update/electronUpdaters.ts' }, hasElectron: true },
  { inputs: { early: 'electron/main/early.ts' }, hasElectron: true, isCommonJs: true },
  { inputs: { preload: 'electron/preload/preload.ts' }, hasElectron: true, isCommonJs: true },
];

/** Parts lie beside the entries: what looks for a file beside itself finds it from either. */
const partName = /^part-[\w-]{8}\.mjs$/;
export const isNodePart = (name) => partName.test(name);

/** Bundles entries into dist and returns what was written: `{ name, code }`. Throws on what cannot be resolved. */
export async function bundle({ inputs, hasElectron, isCommonJs = false }) {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, join(root, input)])),
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
    dir: dist,
    format: isCommonJs ? 'cjs' : 'esm',
    entryFileNames: isCommonJs ? '[name].cjs' : '[name].mjs',
    chunkFileNames: 'part-[hash].mjs', // their names would change with whatever comes to share code
    codeSplitting: !isCommonJs,
    charset: 'ascii', // a single ’ makes all of a file's text twice as large in memory
    comments: { legal: false },
    minify: true, // read and parsed at every start
    keepNames: true, // for logs
    sourcemap: 'hidden', // kept apart, see build.mjs
  });
  await build.close();
  return output.flatMap((part) => (part.type === 'chunk' ? [{ name: part.fileName, code: part.code }] : []));
}

/** Whether built code asks for the package `electron`, in any way there is. */
export function asksForElectron(code) {
  return /(?:\bfrom|\bimport|\brequire|\bimport\s*\(|\brequire\s*\()\s*\(?\s*["'`]electron(?:\/[\w/]*)?["'`]/.test(
    code,
  );
}
