import type { Program, ProgramIo } from './program.ts';

export const processes = [
  { pid: 1, user: 'root', command: 'init', load: 0.1 },
  { pid: 214, user: 'root', command: 'udevd', load: 0.1 },
  { pid: 402, user: 'root', command: 'sshd', load: 0.3 },
  { pid: 455, user: 'chrony', command: 'chronyd', load: 0.1 },
  { pid: 611, user: 'www-data', command: 'nginx: worker', load: 9 },
  { pid: 612, user: 'www-data', command: 'nginx: worker', load: 7 },
  { pid: 730, user: 'postgres', command: 'postgres: writer', load: 14 },
  { pid: 733, user: 'postgres', command: 'postgres: checkpointer', load: 4 },
  { pid: 901, user: 'root', command: 'node server.mjs', load: 22 },
  { pid: 977, user: 'root', command: 'sh', load: 0.2 },
] as const;

const REFRESH_MS = 1000;

/** A moving table until q or Ctrl-C. */
export const top: Program = async (io) => {
  io.atEnd('\x1b[?25h\x1b[?1049l');
  await io.write(Buffer.from('\x1b[?1049h\x1b[?25l'));
  let tick = 0;
  do await io.write(Buffer.from(frame(io, tick++)));
  while ((await io.key(REFRESH_MS)) !== 'q');
};

function frame(io: ProgramIo, tick: number): string {
  const { cols, rows, machine } = io;
  const seconds = Math.floor((machine.clock.wallMs() - machine.startedAtMs) / 1000);
  const loads = processes.map((process, i) => Math.max(0, process.load * (1 + 0.5 * Math.sin(tick / 3 + i * 1.7))));
  const total = loads.reduce((sum, load) => sum + load, 0);
  const order = processes.map((process, i) => ({ ...process, now: loads[i] ?? 0 })).toSorted((a, b) => b.now - a.now);
  const lines = [
    `\x1b[1m${machine.hostname}\x1b[0m  up ${Math.floor(seconds / 60)} min ${seconds % 60} s   ${processes.length} tasks   \x1b[2mq leaves\x1b[0m`,
    meter('CPU', total / 100, cols),
    meter('Mem', 0.42 + 0.02 * Math.sin(tick / 9), cols),
    '',
    `\x1b[7m${'  PID USER      %CPU COMMAND'.padEnd(cols).slice(0, cols)}\x1b[0m`,
    ...order.map(({ pid, user, command, now }) => {
      const colour = now > 15 ? '\x1b[33m' : '';
      return `${colour}${`${String(pid).padStart(5)} ${user.padEnd(8)} ${now.toFixed(1).padStart(5)} ${command}`.slice(0, cols)}\x1b[0m`;
    }),
  ];
  return `\x1b[H${lines
    .slice(0, rows)
    .map((line) => `${line}\x1b[K`)
    .join('\r\n')}\x1b[J`;
}

function meter(name: string, share: number, cols: number): string {
  const width = Math.max(10, Math.min(50, cols - 16));
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width);
  const percent = `${Math.round(share * 100)} %`.padStart(5);
  return `${name} \x1b[36m${'█'.repeat(filled)}\x1b[90m${'░'.repeat(width - filled)}\x1b[0m ${percent}`;
}
