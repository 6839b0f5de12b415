import { colours } from './colours.ts';
import { flood } from './flood.ts';
import type { Program, ProgramIo } from './program.ts';
import { processes, top } from './top.ts';

const KERNEL = '6.1.0-lab';
const MAX_FLOOD_BYTES = 2 ** 39; // what the ten digits of a line can number

const echo: Program = (io, args) => {
  const redirect = args.findIndex((arg) => arg === '>' || arg === '>>');
  const line = `${(redirect < 0 ? args : args.slice(0, redirect)).join(' ')}\n`;
  const target = args[redirect + 1];
  if (redirect < 0 || !target) return io.print(line);
  return writeFile(io, io.files.resolve(io.cwd, target), line, args[redirect] === '>>');
};

async function writeFile(io: ProgramIo, path: string, text: string, isAppended: boolean): Promise<void> {
  const file = io.files.read(path);
  const before = isAppended && file && 'text' in file ? file.text : '';
  if (!io.files.write(path, before + text)) await io.print(`echo: cannot write ${path}\n`);
}

const cat: Program = async (io, args) => {
  for (const arg of args) {
    const path = io.files.resolve(io.cwd, arg);
    const file = io.files.read(path);
    if (!file) {
      await io.print(`cat: ${arg}: ${io.files.isDirectory(path) ? 'Is a directory' : 'No such file or directory'}\n`);
    } else if ('text' in file) await io.print(file.text);
    else await pour(io, file.madeBytes);
  }
};

async function pour(io: ProgramIo, bytes: number): Promise<void> {
  for (const chunk of flood(bytes)) await io.write(chunk);
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

const floodProgram: Program = async (io, [size = '']) => {
  const match = /^(\d+(?:\.\d+)?)([kmg]?)(?:i?b)?$/i.exec(size);
  const bytes = match ? Number(match[1]) * (units[(match[2] ?? '').toLowerCase()] ?? 1) : 0;
  if (bytes < 1 || bytes > MAX_FLOOD_BYTES) return io.print('usage: flood SIZE     such as 64K, 200M or 1G\n');
  return pour(io, bytes);
};

const ls: Program = async (io, args) => {
  const isLong = args.some((arg) => /^-\w*l/.test(arg));
  const target = args.find((arg) => !arg.startsWith('-')) ?? '.';
  const path = io.files.resolve(io.cwd, target);
  if (io.files.read(path)) return io.print(`${target}\n`);
  if (!io.files.isDirectory(path)) return io.print(`ls: cannot access '${target}': No such file or directory\n`);
  const names = io.files.list(path);
  const shown = names.map((name) => (name.endsWith('/') ? `\x1b[1;34m${name.slice(0, -1)}\x1b[0m/` : name));
  if (!isLong) return io.print(`${shown.join('  ')}\n`);
  for (const [i, name] of names.entries()) {
    const size = sizeOf(io, `${path}/${name}`);
    const mode = name.endsWith('/') ? 'drwxr-xr-x' : '-rw-r--r--';
    await io.print(`${mode}  1 root root ${String(size).padStart(10)} Nov 20 08:14 ${shown[i]}\n`);
  }
};

function sizeOf(io: ProgramIo, path: string): number {
  const file = io.files.read(io.files.resolve('/', path));
  if (!file) return 4096;
  return 'text' in file ? Buffer.byteLength(file.text) : file.madeBytes;
}

const cd: Program = async (io, [target = '~']) => {
  const path = io.files.resolve(io.cwd, target);
  if (io.files.isDirectory(path)) io.cwd = path;
  else await io.print(`cd: ${target}: No such file or directory\n`);
};

const uname: Program = (io, args) => {
  const { hostname } = io.machine;
  const all = `Linux ${hostname} ${KERNEL} #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n`;
  const parts: Readonly<Record<string, string>> = {
    '-a': all,
    '-n': `${hostname}\n`,
    '-r': `${KERNEL}\n`,
    '-m': 'x86_64\n',
  };
  return io.print(parts[args[0] ?? ''] ?? 'Linux\n');
};

const uptime: Program = (io) => {
  const now = io.machine.clock.wallMs();
  const seconds = Math.floor((now - io.machine.startedAtMs) / 1000);
  const time = new Date(now).toISOString().slice(11, 19);
  const hours = `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}`;
  return io.print(` ${time} up ${hours}, ${seconds % 60} s,  1 user,  load average: 0.21, 0.18, 0.12\n`);
};

const df: Program = (io) =>
  io.print(
    'Filesystem      Size  Used Avail Use% Mounted on\n' +
      '/dev/vda1        32G   19G   13G  60% /\n' +
      'tmpfs           2.0G  1.1M  2.0G   1% /run\n' +
      '/dev/vdb        1.8T  1.6T  164G  \x1b[33m91%\x1b[0m /srv\n',
  );

const free: Program = (io) => {
  const total = io.machine.memoryMib;
  const used = Math.round(total * 0.42);
  const row = [total, used, total - used].map((mib) => String(mib).padStart(10)).join('');
  return io.print(`${' '.repeat(8)}     total      used      free   (MiB)\nMem:    ${row}\n`);
};

const ps: Program = async (io) => {
  await io.print('\x1b[1m  PID USER     COMMAND\x1b[0m\n');
  for (const { pid, user, command } of processes)
    await io.print(`${String(pid).padStart(5)} ${user.padEnd(8)} ${command}\n`);
};

const seq: Program = async (io, [a = '10', b]) => {
  const [from, to] = b === undefined ? [1, Number(a)] : [Number(a), Number(b)];
  for (let i = from; i <= to; i++) await io.print(`${i}\n`);
};

const yes: Program = async (io, args) => {
  const block = `${args.join(' ') || 'y'}\n`.repeat(1000);
  while (true) await io.print(block);
};

const rm: Program = async (io, args) => {
  for (const arg of args)
    if (!io.files.remove(io.files.resolve(io.cwd, arg))) await io.print(`rm: ${arg}: No such file\n`);
};

const stty: Program = (io, [what]) =>
  io.print(what === 'size' ? `${io.rows} ${io.cols}\n` : `speed 115200 baud; rows ${io.rows}; columns ${io.cols};\n`);

const history: Program = async (io) => {
  for (const [i, line] of io.history.entries()) await io.print(`${String(i + 1).padStart(5)}  ${line}\n`);
};

const sleep: Program = (io, [seconds = '1']) => io.sleep(Math.max(0, Math.min(Number(seconds) || 0, 86_400)) * 1000);

const help: Program = (io) =>
  io.print(`Known here: ${Object.keys(programs).toSorted().join(', ')}\nStart with: cat readme.txt\n`);

/** All that can be typed. */
export const programs: Readonly<Record<string, Program>> = {
  cat,
  cd,
  clear: (io) => io.write(Buffer.from('\x1b[H\x1b[2J\x1b[3J')),
  colors: colours,
  colours,
  date: (io) => io.print(`${new Date(io.machine.clock.wallMs()).toUTCString()}\n`),
  df,
  echo,
  exit: async (io) => io.exit(),
  false: async () => undefined,
  flood: floodProgram,
  free,
  help,
  history,
  hostname: (io) => io.print(`${io.machine.hostname}\n`),
  id: (io) => io.print('uid=0(root) gid=0(root) groups=0(root)\n'),
  logout: async (io) => io.exit(),
  ls,
  poweroff: async (io) => io.powerOff(),
  ps,
  pwd: (io) => io.print(`${io.cwd}\n`),
  rm,
  seq,
  sleep,
  stty,
  top,
  true: async () => undefined,
  uname,
  uptime,
  whoami: (io) => io.print('root\n'),
  yes,
};
