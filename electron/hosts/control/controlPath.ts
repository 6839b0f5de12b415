import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOST_PATH_BYTES = 100; // systems end such names after 104 or 108

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);

/** Where the app of a data folder listens: a socket in that folder, which is its owner's alone; on Windows a pipe. */
export function controlPath(dataDir: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return `\\\\.\\pipe\\sluice-${hashOf(dataDir)}`;
  const path = join(dataDir, 'control.sock');
  if (Buffer.byteLength(path) <= MOST_PATH_BYTES) return path;
  return join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `sluice-${process.getuid?.() ?? 0}-${hashOf(dataDir)}.sock`);
}
