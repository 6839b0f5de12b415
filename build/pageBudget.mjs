import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const KIB = 1024;
export const INITIAL_SCRIPT_BYTES = 300 * KIB; // issue 2: first load, before the first console is opened

/** Scripts that load before anything is clicked: what index.html names and all they import statically. */
function initialScripts(chunks, html) {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const queue = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1]);
  const seen = new Set();
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (seen.has(file)) continue;
    seen.add(file);
    queue.push(...(byFile.get(file)?.imports ?? []));
  }
  return [...seen];
}

/**
 * Measures the built page and checks it for what the content security policy would refuse.
 * @returns {{ initialBytes: number, files: { name: string, bytes: number }[], problems: string[] }} gzip sizes
 */
export function measurePage(pageDir, chunks) {
  const html = readFileSync(join(pageDir, 'index.html'), 'utf8');
  const files = initialScripts(chunks, html).map((name) => ({
    name,
    bytes: gzipSync(readFileSync(join(pageDir, name))).length,
  }));
  const initialBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const problems = [];
  if (initialBytes > INITIAL_SCRIPT_BYTES) {
    const most = `${INITIAL_SCRIPT_BYTES / KIB} KiB`;
    problems.push(`The page's initial script is ${(initialBytes / KIB).toFixed(1)} KiB gzip, more than ${most}.`);
  }
  if (/<script(?![^>]*\bsrc=)[^>]*>\s*\S/.test(html)) problems.push('index.html holds an inline script.');
  if (/\son[a-z]+\s*=\s*["']/.test(html)) problems.push('index.html holds an inline event handler.');
  return { initialBytes, files, problems };
}
