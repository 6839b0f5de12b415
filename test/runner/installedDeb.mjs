// The package on this machine, as its user installs and removes it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Throws with what dpkg said. */
export function installDeb(folder) {
  const deb = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (!deb) throw new Error(`There is no deb in ${folder}.`);
  execFileSync('dpkg', ['-i', join(folder, deb)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The files that it put onto this machine. */
function installedFiles() {
  const names = execFileSync('dpkg', ['-L', 'sluice'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return names.filter((path) => existsSync(path) && !statSync(path).isDirectory());
}

/** What its scripts make, beside the files of the package. */
const madeByScripts = ['/opt/Sluice', '/usr/bin/sluice', '/etc/apparmor.d/sluice'];

/** Removes it, and counts what is left behind as a failure. Settings of users stay theirs. */
export function removeDeb() {
  const files = installedFiles();
  execFileSync('dpkg', ['--purge', 'sluice'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const left = [...new Set([...files, ...madeByScripts])].filter((path) => existsSync(path));
  for (const path of left) console.log(`left behind: ${path}`);
  if (files.length === 0) console.log('nothing of it had been installed');
  return {
    passed: left.length === 0 && files.length > 0 ? 1 : 0,
    failed: left.length + (files.length === 0 ? 1 : 0),
    skipped: 0,
  };
}
