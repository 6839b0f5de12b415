// The package on this machine, as its user installs and removes it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Throws with what dpkg said. */
export function installDeb(folder) {
  const deb = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (!deb) throw new Error(`There is no deb in ${folder}.`);
  execFileSync('dpkg', ['-i', join(folder, deb)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Removes it, and counts what is left behind as a failure. Settings of users stay theirs. */
export function removeDeb() {
  execFileSync('dpkg', ['--purge', 'sluice'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const left = [
    '/opt/Sluice',
    '/usr/bin/sluice',
    '/usr/share/applications/sluice.desktop',
    '/usr/share/mime/packages/sluice.xml',
    '/usr/share/icons/hicolor/256x256/apps/sluice.png',
    '/etc/apparmor.d/sluice',
  ].filter((path) => existsSync(path));
  for (const path of left) console.log(`left behind: ${path}`);
  return { passed: left.length === 0 ? 1 : 0, failed: left.length, skipped: 0 };
}
