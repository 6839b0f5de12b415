import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

import { root } from '../../build/paths.mjs';

const END_AFTER_MS = 10_000; // between being told to end and being made to

/**
 * Runs a command to its end or its time limit, with its output in a file. On the limit its whole process group is ended.
 * @returns {Promise<{ code: number, isTimedOut: boolean, tookMs: number }>}
 */
export function runSuite(command, args, { logPath, timeoutMs, env = {} }) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const log = createWriteStream(logPath);
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own, to end all of it
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    let isTimedOut = false;
    const signalGroup = (signal) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };
    const timer = setTimeout(() => {
      isTimedOut = true;
      signalGroup('SIGTERM');
      setTimeout(() => signalGroup('SIGKILL'), END_AFTER_MS).unref();
    }, timeoutMs);
    const interrupt = () => signalGroup('SIGTERM');
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const finish = (code) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      log.end(() => resolve({ code, isTimedOut, tookMs: performance.now() - startedMs }));
    };
    child.once('error', (error) => {
      log.write(`${error.message}\n`);
      finish(1);
    });
    child.once('exit', (code) => finish(code ?? 1));
  });
}
