import { spawn } from 'node:child_process';

import { root } from './paths.mjs';

/**
 * Runs a Node script to its end with its output kept. Never rejects for what the script does.
 * @param {string} script
 * @param {string[]} args
 * @returns {Promise<{ code: number, output: string, tookMs: number }>}
 */
export function runTool(script, args, { env = process.env } = {}) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
      });
    }
    const finish = (code) => resolve({ code, output, tookMs: performance.now() - startedMs });
    child.on('error', (error) => {
      output += `${error.message}\n`;
      finish(1);
    });
    child.on('close', (code) => finish(code ?? 1));
  });
}
