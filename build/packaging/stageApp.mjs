import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isNodePart } from '../nodeBundles.mjs';
import { dist, root } from '../paths.mjs';
import { updatePublicKey } from './signUpdates.mjs';

/** What of dist runs in an installed app. `early.cjs` is for launchers that are not the app's own. */
const parts = ['main.mjs', 'updater.mjs', 'preload.cjs', 'utilityHost.mjs', 'cli.mjs', 'page'];

/** Lays out in `appDir` what goes into app.asar: bundles, the page and a package.json of a few lines. */
export function stageApp(appDir, env = process.env) {
  rmSync(appDir, { recursive: true, force: true });
  mkdirSync(appDir, { recursive: true });
  for (const part of [...parts, ...readdirSync(dist).filter(isNodePart)]) {
    cpSync(join(dist, part), join(appDir, part), { recursive: true });
  }
  const { name, productName, version, description, license } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const updateKey = updatePublicKey(env);
  const manifest = {
    name,
    productName,
    version: env.SLUICE_VERSION ?? version,
    description,
    license,
    author: 'Sluice maintainers', // the company in Windows' words
    type: 'module',
    main: 'main.mjs',
    desktopName: 'sluice.desktop',
    homepage: env.SLUICE_HOMEPAGE ?? 'https://localhost/',
    ...(updateKey === undefined ? {} : { updateKey }), // whose signature updates have to carry
  };
  writeFileSync(join(appDir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
