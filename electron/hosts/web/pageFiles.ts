import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
};

export interface PageFile {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** The name holds a hash of what is in it. */
  readonly isImmutable: boolean;
}

/**
 * The built page, by URL path, read once: a request is looked up here and never turned into a path of the disk.
 * Source maps are left out.
 */
export async function readPageFiles(pageDir: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  for (const entry of await readdir(pageDir, { recursive: true, withFileTypes: true })) {
    const contentType = contentTypes[extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const urlPath = `/${relative(pageDir, path).split(sep).join('/')}`;
    files.set(urlPath, { body: await readFile(path), contentType, isImmutable: urlPath.startsWith('/assets/') });
  }
  const index = files.get('/index.html');
  if (!index) throw new Error(`There is no page at ${pageDir}. Build it first.`);
  files.set('/', index);
  return files;
}
