import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, rmSync } from 'node:fs';

/**
 * Puts a new AppImage in the place of the old one: whole or not at all, under the old name, to which the person's
 * starters point. Throws where the folder cannot be written.
 */
export function replaceAppImage(oldPath: string, newPath: string): void {
  const draft = `${oldPath}.new`;
  try {
    copyFileSync(newPath, draft);
    chmodSync(draft, 0o755);
    renameSync(draft, oldPath);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
}

/** What stays behind is overwritten the next time; the reason is the one before. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Somebody made a folder of that name: theirs to remove.
  }
}

/** Starts it as a program of its own. */
export function startAppImage(path: string, args: readonly string[]): void {
  spawn(path, args, { stdio: 'ignore', detached: true }).unref();
}
