import { readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { ProtocolResponse, Session } from 'electron';

import { pageHeaders } from '../../shared/wire/pagePolicy.ts';

export const appOrigin = 'app://sluice';

export function isOurs(url: string): boolean {
  return url === appOrigin || url.startsWith(`${appOrigin}/`);
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * Without the header that keeps other origins out of a window's group: no other origin opens a window of ours or is
 * opened in one (see lockdown.ts), and a document that comes with it costs a second renderer process at the start.
 */
const { 'Cross-Origin-Opener-Policy': _, ...shellHeaders } = pageHeaders;

const NOT_FOUND = -6; // net::ERR_FILE_NOT_FOUND

/**
 * Serves the built page, and nothing but the files that are there now. By Electron's older call, which has Chromium read
 * the files by itself: `protocol.handle` brings Node's whole fetch into the start and copies every byte through it,
 * which made the window stand 60 ms later (test/bench/start.mjs).
 */
export function serveApp(session: Session, pageDir: string): void {
  const files = listFiles(pageDir);
  session.protocol.registerFileProtocol('app', (request, answer) => answer(find(files, request)));
}

function find(files: ReadonlyMap<string, string>, request: { url: string; method: string }): ProtocolResponse {
  const { host, pathname } = new URL(request.url);
  const path = files.get(pathname);
  if (host !== 'sluice' || path === undefined || request.method !== 'GET') return { error: NOT_FOUND };
  const mimeType = contentTypes[extname(path)] ?? 'application/octet-stream';
  return { path, mimeType, charset: 'utf-8', headers: shellHeaders };
}

/** URL path to file. A request is looked up here and never turned into a path. */
function listFiles(pageDir: string): Map<string, string> {
  const entries = readdirSync(pageDir, { recursive: true, withFileTypes: true });
  const files = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`/${relative(pageDir, path).split(sep).join('/')}`, path);
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}
