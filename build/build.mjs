// `npm run build`: the page and the Node bundles into dist, with their budgets and guards. All output goes to stderr.
// `-- --if-stale` does nothing where dist already is the build of what is in the tree; `-- page` builds the page only.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { build as viteBuild } from 'vite';

import { asksForElectron, bundle, bundles, isNodePart } from './nodeBundles.mjs';
import { measurePage } from './pageBudget.mjs';
import { pageConfig } from './pageConfig.mjs';
import { dist, maps } from './paths.mjs';
import { isBuilt, sourceDigest, writeStamp } from './stamp.mjs';

const say = (line) => process.stderr.write(`${line}\n`);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

async function buildPage() {
  const result = await viteBuild(pageConfig);
  const pageDir = join(dist, 'page');
  const { initialBytes, files, problems } = measurePage(
    pageDir,
    result.output.filter((part) => part.type === 'chunk'),
  );
  for (const { name, bytes } of files) say(`  page/${name.padEnd(40)} ${kib(bytes)} gzip`);
  say(`  page, initial script                          ${kib(initialBytes)} gzip`);
  const scripts = readdirSync(pageDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  const asking = scripts.filter((name) => asksForElectron(readFileSync(join(pageDir, name), 'utf8')));
  return [...problems, ...asking.map((name) => `page/${name} asks for electron.`)];
}

async function buildBundle(one) {
  const parts = await bundle(one);
  for (const { name, code } of parts) say(`  ${name.padEnd(45)} ${kib(Buffer.byteLength(code))}`);
  const asking = one.hasElectron ? [] : parts.filter(({ code }) => asksForElectron(code));
  return asking.map(({ name }) => `${name} asks for electron.`);
}

/** Parts and source maps of the build before. */
function removeOld() {
  for (const name of readdirSync(dist)) if (isNodePart(name)) rmSync(join(dist, name));
  rmSync(maps, { recursive: true, force: true });
}

/** Source maps lie apart: they are never packed nor served, and kept beside a release to read its stack traces with. */
function moveMaps() {
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.map')) continue;
    mkdirSync(dirname(join(maps, name)), { recursive: true });
    renameSync(join(dist, name), join(maps, name));
  }
}

async function buildAll(isPageOnly) {
  const digest = sourceDigest();
  rmSync(join(dist, '.stamp'), { force: true });
  mkdirSync(dist, { recursive: true });
  if (!isPageOnly) removeOld();
  const work = isPageOnly ? [buildPage()] : [buildPage(), ...bundles.map(buildBundle)];
  const outcomes = await Promise.allSettled(work);
  const problems = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : [String(outcome.reason)],
  );
  moveMaps();
  for (const problem of problems) say(`build: ${problem}`);
  if (problems.length === 0 && !isPageOnly) writeStamp(digest);
  return problems.length === 0;
}

// Vite leaves a promise behind when an import cannot be resolved; it must not decide how that is told.
process.on('unhandledRejection', (error) => {
  say(`build: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});

const startedMs = performance.now();
if (process.argv.includes('--if-stale') && isBuilt()) {
  say('dist is up to date');
} else {
  const succeeded = await buildAll(process.argv.includes('page'));
  say(`${succeeded ? 'built' : 'build FAILED'} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  process.exitCode = succeeded ? 0 : 1;
}
