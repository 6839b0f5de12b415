// `npm run demo`: builds what is stale, then runs `sluice demo` in this very process. npm puts a shell in between, which
// dies of a signal without passing it on; so the loss of that shell, or of npm behind it, ends the demo as a signal would.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { dist, root } from './paths.mjs';

const PARENT_CHECK_MS = 200;

const ending = new AbortController();
const end = () => ending.abort();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, end);
const started = ancestors();
setInterval(() => ancestors() === started || end(), PARENT_CHECK_MS).unref();

/** Our parent's process id and, on Linux, npm's behind a shell. Who called npm may go: that ends nothing. */
function ancestors() {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    const [head, tail] = [stat.slice(0, stat.lastIndexOf(')')), stat.slice(stat.lastIndexOf(')'))];
    const isShell = /\((?:ba|da|z|k)?sh$/.test(head); // some shells replace themselves by us: npm is the parent then
    return isShell ? `${parent} ${tail.split(' ')[2]}` : `${parent}`;
  } catch {
    return `${parent}`; // no /proc here, or the parent is gone, which changes the id
  }
}

/** Runs the build as a child, which ends with us. Its output goes to our stderr. */
function build() {
  return new Promise((resolve) => {
    const script = join(root, 'build/build.mjs');
    const child = spawn(process.execPath, [script, '--if-stale'], { cwd: root, stdio: ['ignore', 2, 2] });
    const kill = () => child.kill('SIGKILL');
    ending.signal.addEventListener('abort', kill, { once: true });
    child.on('error', () => resolve(1));
    child.on('exit', (code) => {
      ending.signal.removeEventListener('abort', kill);
      resolve(code ?? 1);
    });
  });
}

async function demo() {
  const code = await build();
  if (ending.signal.aborted) return 0;
  if (code !== 0) return code;
  const { main } = await import(pathToFileURL(join(dist, 'cli.mjs')).href);
  return await main(['demo', ...process.argv.slice(2)], ending.signal);
}

process.stdout.on('error', () => {}); // whoever read us is gone; the demo goes on until it is told to end
process.exit(await demo());
