// One archive with everything an administrator needs to roll out without a network: packages, checksums, what they are
// made from, a policy to start from, and how.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { root } from '../paths.mjs';

const howPolicyComes = {
  linux: 'Put policy.json to /etc/sluice/policy.json, of root and writable by nobody else',
  win: 'Make the content of policy.json, on one line, the text "Policy" (REG_SZ) of HKLM\\SOFTWARE\\Policies\\Sluice',
  mac: 'Put policy.json to /Library/Application Support/Sluice/policy.json, of root and writable by nobody else',
};

/** Everything a policy may say, at its usual value; what is left out is the person's to choose. */
export const policyTemplate = {
  settings: { updates: 'tell', keepsSignIns: true, keepsUnprotected: false, keepsAwake: true },
};

const isPackage = (path) => /\.(?:deb|rpm|tar\.gz|AppImage|exe|dmg|zip)$/.test(path);

/** How each kind is installed and removed without a question, by the end of its name. */
const ways = [
  [
    /\.deb$/,
    'Debian, Ubuntu',
    'apt-get install -y ./FILE   (or: dpkg -i FILE, where all it needs is there)',
    'apt-get purge -y sluice',
  ],
  [
    /\.rpm$/,
    'Fedora, RHEL, SUSE',
    'dnf install -y ./FILE   (or: zypper --non-interactive install ./FILE)',
    'dnf remove -y sluice',
  ],
  [
    /\.AppImage$/,
    'any Linux, for one user',
    'install -D -m 755 FILE ~/.local/bin/Sluice.AppImage',
    'rm ~/.local/bin/Sluice.AppImage',
  ],
  [/\.tar\.gz$/, 'any Linux', 'tar -xzf FILE -C /usr/local/lib   (start its program "sluice")', 'remove the folder'],
  [
    /-setup-.*\.exe$/,
    'Windows',
    'FILE /S             (this user)\n    FILE /S /allusers   (the machine, as administrator)',
    '"%LOCALAPPDATA%\\Programs\\Sluice\\Uninstall Sluice.exe" /S',
  ],
  [/-portable-.*\.exe$/, 'Windows, without installing', 'copy FILE to its place', 'remove the file'],
  [
    /\.dmg$/,
    'macOS',
    'hdiutil attach -nobrowse -mountpoint /tmp/sluice FILE && cp -R /tmp/sluice/Sluice.app /Applications/ && hdiutil detach /tmp/sluice',
    'rm -R /Applications/Sluice.app',
  ],
  [/\.zip$/, 'macOS', 'ditto -x -k FILE /Applications', 'rm -R /Applications/Sluice.app'],
];

function wayOf(name) {
  const [, system, install, remove] = ways.find(([shape]) => shape.test(name)) ?? [];
  if (!system) return '';
  return `${name}\n  for ${system}\n    ${install.replaceAll('FILE', name)}\n  removed by\n    ${remove}\n`;
}

export function readme({ version, platform, packages, hasFeed }) {
  const lines = [
    `Sluice ${version}, to be rolled out without a network`,
    '',
    'packages/        what is installed',
    'policy.json      a policy to start from; see below',
    'sbom.cdx.json    what Sluice is made from (CycloneDX)',
    'SHA256SUMS       of every file here; check them first: sha256sum -c SHA256SUMS',
    ...(hasFeed ? ['', 'packages/ is a place of updates, too: put it onto a web server with HTTPS as it is.'] : []),
    '',
    'Installing, in the folder packages',
    '',
    ...packages.map(wayOf),
    'Policy',
    '',
    `${howPolicyComes[platform]}, before Sluice starts first.`,
    '"updates" is "install", "tell" or "off"; "updateUrl" names a place of updates of your own (https://). What a policy',
    'decides is shown in the settings and cannot be changed there; leave out what is to be the user’s choice. A policy',
    'that is not understood keeps updates off and is named when Sluice starts.',
    '',
    'Settings of users are kept when Sluice is updated or removed. An older version does not start on settings that a',
    'newer one wrote: roll back with the settings of that time, or with --data-dir=FOLDER.',
    '',
  ];
  return lines.join('\n');
}

function sbom() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const { status, stdout, stderr } = spawnSync(npm, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  const list = JSON.parse(stdout);
  list.metadata.component.name = 'sluice'; // npm takes the folder's name
  return `${JSON.stringify(list, null, 2)}\n`;
}

function digest(path) {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(path)
      .on('data', (chunk) => hash.update(chunk))
      .on('error', reject)
      .on('end', () => resolve(hash.digest('hex')));
  });
}

/**
 * Gives the path of the archive.
 * @param {{ outDir: string, files: string[], feed?: string[], platform: string, version: string }} options `files`:
 * packages that were made; `feed`: what the updater reads beside them.
 */
export async function makeOfflineBundle({ outDir, files, feed = [], platform, version }) {
  const name = `sluice-${version}-${platform}-offline`;
  const folder = join(outDir, name);
  rmSync(folder, { recursive: true, force: true });
  const packages = files.filter(isPackage).sort();
  if (packages.length === 0) throw new Error('There is no package to put into a bundle: name targets, not --dir.');
  const inside = [];
  mkdirSync(join(folder, 'packages'), { recursive: true });
  for (const path of [...packages, ...feed]) {
    const below = `packages/${basename(path)}`;
    copyFileSync(path, join(folder, below));
    inside.push(below);
  }
  const write = (file, text) => {
    writeFileSync(join(folder, file), text);
    inside.push(file);
  };
  write(
    'README.txt',
    readme({ version, platform, packages: packages.map((path) => basename(path)), hasFeed: feed.length > 0 }),
  );
  write('policy.json', `${JSON.stringify(policyTemplate, null, 2)}\n`);
  write('sbom.cdx.json', sbom());
  write('LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8'));
  const sums = [];
  for (const file of inside.sort()) sums.push(`${await digest(join(folder, file))}  ${file}`);
  writeFileSync(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  const archive = join(outDir, `${name}.tar`); // packages are packed already
  const made = spawnSync('tar', ['-cf', archive, '-C', outDir, name], { stdio: ['ignore', 2, 2] });
  if (made.status !== 0) throw new Error('tar could not make the archive.');
  rmSync(folder, { recursive: true });
  return archive;
}
