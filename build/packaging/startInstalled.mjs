// `node build/packaging/startInstalled.mjs PROGRAM`: starts an installed Sluice, waits until its page stands, and ends
// it. Exit code 1 where that does not come within a minute. Needs nothing but Node.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_MS = 60_000;
const [program] = process.argv.slice(2);
if (program === undefined) {
  console.error('Usage: node build/packaging/startInstalled.mjs PROGRAM');
  process.exit(2);
}

const dataDir = mkdtempSync(join(tmpdir(), 'sluice-start-'));
const child = spawn(program, ['--remote-debugging-port=0', `--data-dir=${dataDir}`], {
  stdio: ['ignore', 'ignore', 'pipe'],
});

/** The port that Chromium gives its tools. */
function toolsPort() {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
      const match = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(text);
      if (match) resolve(Number(match[1]));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${text}`)));
  });
}

/** Asks until our page is loaded. */
async function untilPage(port) {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
    const pages = await answer.json();
    if (pages.some(({ url, title }) => url === 'app://sluice/' && title === 'Sluice')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const limit = setTimeout(() => {
  console.error(`No page came within ${START_MS / 1000} s.`);
  child.kill('SIGKILL');
  process.exit(1);
}, START_MS);
try {
  const startedMs = performance.now();
  await untilPage(await toolsPort());
  console.log(`The page stood after ${Math.round(performance.now() - startedMs)} ms.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  clearTimeout(limit);
  child.removeAllListeners('exit');
  child.kill();
}
