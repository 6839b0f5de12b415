// System packages that tests need. On Debian as root what is missing is installed; elsewhere it is named.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** `file`: a command on the path, or an absolute path (`*` for one folder), whose presence means it is installed. */
const packages = [
  { name: 'qemu-system-x86', file: 'qemu-system-x86_64', for: ['qemu'] },
  { name: 'busybox-static', file: 'busybox', for: ['qemu'] },
  { name: 'cpio', file: 'cpio', for: ['qemu'] },
  { name: 'kmod', file: 'depmod', for: ['qemu'] },
  { name: 'socat', file: 'socat', for: ['faults'] },
  { name: 'haproxy', file: 'haproxy', for: ['faults'] },
  { name: 'nginx-light', file: 'nginx', for: ['faults'] },
  { name: 'nftables', file: 'nft', for: ['faults'] },
  { name: 'iproute2', file: 'ip', for: ['electron', 'faults'] },
  { name: 'xvfb', file: 'Xvfb', for: ['electron', 'viewers'] },
  { name: 'virt-viewer', file: 'remote-viewer', for: ['viewers'] },
  { name: 'tigervnc-viewer', file: 'xtigervncviewer', for: ['viewers'] },
  { name: 'xdotool', file: 'xdotool', for: ['viewers'] },
  { name: 'imagemagick', file: 'import', for: ['viewers'] },
  { name: 'dbus', file: 'dbus-run-session', for: ['keyring'] },
  { name: 'gnome-keyring', file: 'gnome-keyring-daemon', for: ['keyring'] },
  { name: 'libsecret-tools', file: 'secret-tool', for: ['keyring'] },
  { name: 'chromium', file: 'chromium', for: ['chromium'] },
  { name: 'libgtk-3-0', file: '/usr/lib/*/libgtk-3.so.0', for: ['electron'] },
  { name: 'libnss3', file: '/usr/lib/*/libnss3.so', for: ['electron'] },
  { name: 'libgbm1', file: '/usr/lib/*/libgbm.so.1', for: ['electron'] },
  { name: 'libasound2', file: '/usr/lib/*/libasound.so.2', for: ['electron'] },
  { name: 'rpm', file: 'rpmbuild', for: ['package'] },
  { name: 'p7zip-full', file: '7za', for: ['package'] },
  { name: 'libxss1', file: '/usr/lib/*/libXss.so.1', for: ['package'] },
  { name: 'xdg-utils', file: 'xdg-open', for: ['package'] },
];

function isThere(file) {
  if (file.startsWith('/')) return multiarch.some((folder) => existsSync(file.replace('*', folder)));
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, file)));
}

const multiarch = ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.'];

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const missing = () => packages.filter((one) => !isThere(one.file));

function install(names) {
  const run = (args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const result = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout: 15 * 60_000 });
    if (result.status !== 0) console.log(`${result.stdout ?? ''}${result.stderr ?? ''}`.trimEnd());
    return result.status === 0;
  };
  run(['update', '-q']);
  return run(['install', '-q', '-y', '--no-install-recommends', ...names]);
}

/** Installs what is missing where it may, and returns the abilities that are still without their packages. */
export function preparePackages() {
  const names = missing().map((one) => one.name);
  if (names.length === 0) return new Map();
  if (process.getuid?.() === 0 && isThere('apt-get')) {
    console.log(`Installing ${names.join(' ')}`);
    if (!install(names)) for (const name of names) install([name]); // one that fails must not keep the others away
  }
  const lacking = new Map();
  for (const one of missing()) {
    for (const ability of one.for) lacking.set(ability, [...(lacking.get(ability) ?? []), one.name]);
  }
  return lacking;
}
