// What is in the packages, as committed lists that a test compares, so that nothing slips in.
// `node build/packaging/manifests.mjs` writes them anew from out/.
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { listPackage } from '@electron/asar';

import { root } from '../paths.mjs';

const out = join(root, 'out');
export const unpackedDir = join(out, 'linux-unpacked');
export const asarPath = join(unpackedDir, 'resources', 'app.asar');

/** Names of chunks hold a digest of their content. */
const withoutDigest = (name) => name.replace(/-[\w-]{8}(?=\.(?:m?js|css|svg|woff2)$)/, '-*');

/** Files and folders of app.asar. */
export function asarFiles() {
  /** @type {string[]} */
  const names = listPackage(asarPath, { isPack: false }).map((name) => withoutDigest(name.replaceAll('\\', '/')));
  return [...new Set(names)].sort();
}

/** Files that a deb puts onto a machine. */
export function debFiles(deb) {
  const lines = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  return lines.flatMap((line) => / \.(\/.*[^/])$/.exec(line)?.[1] ?? []).sort();
}

export const manifestPath = (name) => join(root, 'build/packaging', `${name}.txt`);

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const deb = readdirSync(out).find((name) => name.endsWith('.deb'));
  writeFileSync(manifestPath('asarFiles'), `${asarFiles().join('\n')}\n`);
  if (deb) writeFileSync(manifestPath('debFiles'), `${debFiles(join(out, deb)).join('\n')}\n`);
}
