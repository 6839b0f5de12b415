import { type CpioEntry, cpioArchive } from './cpio.ts';
import type { KernelModule } from './kernelModules.ts';

export interface InitramfsParts {
  readonly busybox: Buffer;
  /** Names busybox answers to. */
  readonly applets: readonly string[];
  readonly modules: readonly KernelModule[];
  /** Loaded behind the logins. */
  readonly lateModules?: readonly KernelModule[];
}

const inittab = `::sysinit:/etc/start
ttyS0::respawn:/sbin/getty -L 115200 ttyS0 xterm-256color
tty1::respawn:/sbin/getty -L 38400 tty1 linux
::ctrlaltdel:/bin/reboot
`;

// Modules come after the logins are under way: the serial line must not wait for a picture.
const start = `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /run
mount -t devpts devpts /dev/pts
mount -t tmpfs run /run
name=$(sed -n 's/.*sluice.name=\\([a-z0-9-]*\\).*/\\1/p' /proc/cmdline)
hostname "\${name:-guest}"
echo "127.0.0.1 localhost \${name:-guest}" > /etc/hosts
syslogd -O /run/messages
for file in /lib/modules/*.ko; do insmod $file 2>/dev/null; done
for file in /lib/modules/late/*.ko; do insmod $file 2>/dev/null; done &
# A still picture costs nothing to watch.
echo 0 > /sys/class/graphics/fbcon/cursor_blink 2>/dev/null
printf '\\033[2J\\033[H' > /dev/tty1
ifconfig lo 127.0.0.1 up
`;

const profile = `export PS1='\\[\\033[1;32m\\]root@\\h\\[\\033[0m\\]:\\[\\033[1;34m\\]\\w\\[\\033[0m\\]# '
export PATH=/bin:/sbin LANG=C.UTF-8 HOME=/root
alias ll='ls -l'
`;

const issue = `
 Sluice Lab 1, a real machine inside QEMU (\\n, \\l)
 Sign in as root, without a password.

`;

const motd = `
Linux and busybox, all in memory: nothing here can break and nothing is kept.
poweroff ends it.

`;

/** A root file system in memory: busybox, logins on the serial line and the screen, and the modules of the screen. */
export function initramfs({ busybox, applets, modules, lateModules = [] }: InitramfsParts): Buffer {
  const folders = [
    'bin',
    'dev',
    'etc',
    'lib',
    'lib/modules',
    'lib/modules/late',
    'proc',
    'root',
    'run',
    'sbin',
    'sys',
    'tmp',
  ];
  const entries: CpioEntry[] = [
    ...folders.map((path): CpioEntry => ({ kind: 'directory', path, mode: path === 'tmp' ? 0o1777 : 0o755 })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'device', path: 'dev/null', major: 1, minor: 3 },
    { kind: 'file', path: 'bin/busybox', content: busybox, mode: 0o755 },
    ...applets.filter((name) => name !== 'busybox').map((name) => link(`bin/${name}`, 'busybox')),
    link('sbin/init', '../bin/busybox'),
    link('sbin/getty', '../bin/busybox'),
    link('init', 'bin/busybox'),
    ...moduleFiles('lib/modules', modules),
    ...moduleFiles('lib/modules/late', lateModules),
    text('etc/inittab', inittab),
    text('etc/start', start, 0o755),
    text('etc/passwd', 'root::0:0:root:/root:/bin/sh\n'),
    text('etc/group', 'root:x:0:\ntty:x:5:\n'),
    text('etc/profile', profile),
    text('etc/issue', issue),
    text('etc/motd', motd),
    text('etc/os-release', 'NAME="Sluice Lab"\nID=sluicelab\nPRETTY_NAME="Sluice Lab 1 (QEMU)"\n'),
  ];
  return cpioArchive(entries);
}

/** Named so that they are loaded in this order. */
const moduleFiles = (folder: string, modules: readonly KernelModule[]): CpioEntry[] =>
  modules.map(({ name, content }, i) => file(`${folder}/${String(i).padStart(2, '0')}-${name}.ko`, content));

const link = (path: string, target: string): CpioEntry => ({ kind: 'link', path, target });
const file = (path: string, content: Uint8Array): CpioEntry => ({ kind: 'file', path, content });
const text = (path: string, content: string, mode = 0o644): CpioEntry => ({
  kind: 'file',
  path,
  content: Buffer.from(content),
  mode,
});
