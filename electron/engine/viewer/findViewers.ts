import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';

import type { ProgramSearch } from '../deps.ts';
import { viewerCatalog, type ViewerProgram } from './viewerCatalog.ts';

export interface FoundViewer {
  readonly program: ViewerProgram;
  readonly path: string;
}

/** The viewers of this machine, the better ones first. Looked for anew each time: somebody may just have installed one. */
export function findViewers(search: ProgramSearch): FoundViewer[] {
  const found: FoundViewer[] = [];
  for (const program of viewerCatalog) {
    const isKnown = found.some((one) => one.program.id === program.id);
    const path = isKnown ? undefined : placeOf(program, search);
    if (path !== undefined) found.push({ program, path });
  }
  return found;
}

function placeOf(program: ViewerProgram, search: ProgramSearch): string | undefined {
  const places = program.places[search.platform] ?? [];
  return places
    .flatMap((place) => candidates(place, search))
    .find((path) => isProgram(path) && (program.realPath?.test(realPath(path)) ?? true));
}

function candidates(place: string, { platform, env }: ProgramSearch): string[] {
  const paths = platform === 'win32' ? win32 : posix;
  const full = place.replace(/%([^%]+)%/g, (_, name: string) => env[name] ?? '');
  if (paths.isAbsolute(full)) return expand(full, paths.sep);
  if (full !== place || full.includes(paths.sep)) return []; // its folder is not known here
  const folders = (env['PATH'] ?? '').split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
  return folders.map((folder) => paths.join(folder, full));
}

/** The newest first where several folders fit a `*`. */
function expand(path: string, separator: string): string[] {
  const parts = path.split(separator);
  const at = parts.findIndex((part) => part.includes('*'));
  if (at === -1) return [path];
  const folder = parts.slice(0, at).join(separator);
  const [before = '', after = ''] = (parts[at] ?? '').split('*');
  const names = list(folder).filter((name) => name.startsWith(before) && name.endsWith(after));
  return names
    .sort()
    .reverse()
    .map((name) => [folder, name, ...parts.slice(at + 1)].join(separator));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there, or not ours to read
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
