// `npm start`: builds what is stale and opens the Electron app.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { dist, root } from './paths.mjs';

const built = spawnSync(process.execPath, [join(root, 'build/build.mjs'), '--if-stale'], { stdio: ['ignore', 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);
const electron = createRequire(import.meta.url)('electron'); // outside of Electron the package is the path of its program
const child = spawn(electron, ['-r', join(dist, 'early.cjs'), root, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code) => process.exit(code ?? 1));
