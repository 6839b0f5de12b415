// Tells whether dist is the build of what is in the tree, by content, so that a checkout or a clone cannot fool it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { dist, root } from './paths.mjs';

const stampFile = join(dist, '.stamp');
const outputs = [
  'cli.mjs',
  'utilityHost.mjs',
  'main.mjs',
  'updater.mjs',
  'early.cjs',
  'preload.cjs',
  'page/index.html',
  '../dist-maps/main.mjs.map',
];

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** A digest of every file that a build reads. */
export function sourceDigest() {
  const hash = createHash('sha256');
  const folders = ['shared', 'electron', 'renderer', 'build'].flatMap((folder) => filesIn(join(root, folder)));
  for (const file of [...folders, join(root, 'package.json'), join(root, 'package-lock.json')]) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

export function isBuilt(digest = sourceDigest()) {
  if (outputs.some((name) => !existsSync(join(dist, name)))) return false;
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest;
}

export function writeStamp(digest) {
  writeFileSync(stampFile, digest);
}
