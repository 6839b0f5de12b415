import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { Session } from 'electron';

import { pageHeaders } from '../../shared/wire/pagePolicy.ts';

export const appOrigin = 'app://sluice';

export function isOurs(url: string): boolean {
  return url === appOrigin || url.startsWith(`${appOrigin}/`);
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves the built page, and nothing but the files that are there now. */
export async function serveApp(session: Session, pageDir: string): Promise<void> {
  const files = await listFiles(pageDir);
  session.protocol.handle('app', async (request) => {
    const { host, pathname } = new URL(request.url);
    const path = files.get(pathname);
    if (host !== 'sluice' || path === undefined || request.method !== 'GET') {
      return new Response('Not found', { status: 404, headers: pageHeaders });
    }
    const type = contentTypes[extname(path)] ?? 'application/octet-stream';
    return new Response(await readFile(path), { headers: { ...pageHeaders, 'Content-Type': type } });
  });
}

/** URL path to file. A request is looked up here and never turned into a path. */
async function listFiles(pageDir: string): Promise<Map<string, string>> {
  const entries = await readdir(pageDir, { recursive: true, withFileTypes: true });
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
