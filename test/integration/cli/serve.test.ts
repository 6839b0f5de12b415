// `sluice serve` behind a proxy, as a service would run it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';

import { dist } from '../../../build/paths.mjs';

const isBuilt = existsSync(join(dist, 'cli.mjs')) && existsSync(join(dist, 'page', 'index.html'));
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function statusOf(listensAt: string, url: string): Promise<number> {
  const [host = '', port = ''] = listensAt.split(':');
  const { pathname, host: name } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ host, port, path: pathname, headers: { Host: name }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

it.skipIf(!isBuilt || process.platform === 'win32')(
  'prints an address, and another one when it is told to',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-serve-'));
    cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
    const args = [
      join(dist, 'cli.mjs'),
      'serve',
      '--json',
      '--public-url',
      'https://sluice.example',
      '--heartbeat',
      '5',
    ];
    const env = { ...process.env, XDG_CONFIG_HOME: folder };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    cleanUps.push(async () => {
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, string>;
    const ready = await next();
    expect(ready).toMatchObject({
      event: 'ready',
      url: expect.stringMatching(/^https:\/\/sluice\.example\/login\//) as string,
    });
    const listensAt = ready['listensAt']!;
    expect(listensAt).toMatch(/^127\.0\.0\.1:\d+$/);
    child.kill('SIGUSR2');
    const another = await next();
    expect(another['event']).toBe('address');
    expect(another['url']).not.toBe(ready['url']);
    for (const url of [ready['url']!, another['url']!]) {
      expect(await statusOf(listensAt, url)).toBe(303);
      expect(await statusOf(listensAt, url)).toBe(410);
    }
  },
);
