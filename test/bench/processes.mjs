// Starting, measuring and ending processes of the benchmark.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const TICKS_A_SECOND = 100; // of /proc/PID/stat on Linux
const started = new Set();

process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export function endAll() {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
}

/** Starts a program; `firstLine` waits for its first line of output. */
export function start(command, args, { pinnedTo, env } = {}) {
  const all = pinnedTo === undefined ? [command, ...args] : ['taskset', '-c', String(pinnedTo), command, ...args];
  const child = spawn(all[0], all.slice(1), { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, ...env } });
  started.add(child);
  child.once('exit', () => started.delete(child));
  const lines = createInterface({ input: child.stdout });
  const firstLine = new Promise((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code} before it was ready.`)));
    child.once('error', reject);
  });
  firstLine.catch(() => {});
  return { pid: child.pid, child, firstLine, end: () => ended(child) };
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  child.kill('SIGKILL');
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Runs a program to its end and returns what it printed. */
export function run(command, args, { pinnedTo, timeoutMs = 60_000 } = {}) {
  const child = start(command, args, { pinnedTo }).child;
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output.trim());
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

export function isInstalled(command) {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A process and all below it. */
export function family(pid) {
  const all = [pid];
  for (const task of list(`/proc/${pid}/task`)) {
    const children = read(`/proc/${pid}/task/${task}/children`).trim().split(' ').filter(Boolean);
    for (const child of children) all.push(...family(Number(child)));
  }
  return all;
}

/** CPU seconds of a process and its children so far, those that ended included. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const member of family(pid)) {
    const fields = read(`/proc/${member}/stat`).split(') ')[1]?.split(' ').map(Number);
    if (!fields) continue;
    ticks += fields[11] + fields[12];
    if (member === pid) ticks += fields[13] + fields[14];
  }
  return ticks / TICKS_A_SECOND;
}

/**
 * Memory that a process and its children made themselves, and its part of what they share, in KiB. Not what is mapped
 * from files: that part changes whenever another process of the same program comes or goes.
 */
export function memoryKiB(pid) {
  let sum = 0;
  for (const member of family(pid)) {
    const line = /^Pss_Anon:\s+(\d+) kB/m.exec(read(`/proc/${member}/smaps_rollup`));
    sum += Number(line?.[1] ?? 0);
  }
  return sum;
}

/** All memory of a process and its children: what is shared counts in parts. */
export function pssKiB(pid) {
  let sum = 0;
  for (const member of family(pid)) {
    const line = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${member}/smaps_rollup`));
    if (!line && !/^\d+ \(.*\) [^ZX]/s.test(read(`/proc/${member}/stat`))) continue; // it ended meanwhile
    if (!line) throw new Error(`The memory of process ${member} could not be read.`);
    sum += Number(line[1]);
  }
  return sum;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}

function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return []; // it ended meanwhile
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
