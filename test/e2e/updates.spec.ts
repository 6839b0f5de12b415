// What only the Electron shell does with versions: it refuses data of a newer one, and updates itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';

import { dist, root } from '../../build/paths.mjs';
import { electronPath } from './fixtures/electronApp.ts';

let dir: string;
test.beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-updates-'));
});
test.afterEach(() => rmSync(dir, { recursive: true, force: true }));

const electronArguments = (dataDir: string) => [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '-r',
  join(dist, 'early.cjs'),
  root,
  `--data-dir=${dataDir}`,
];

test('settings of a newer version are left as they are, and the reason is said', async () => {
  writeFileSync(join(dir, 'written-by.json'), '{"version":"99.1.0"}');
  writeFileSync(join(dir, 'settings.json'), '{"theme":"dark","later":true}');
  const before = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'));
  const child = spawn(electronPath() ?? '', electronArguments(dir), { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await expect.poll(() => said, { timeout: 30_000 }).toMatch(/written by Sluice 99\.1\.0.*Install Sluice 99\.1\.0/);
  child.kill('SIGKILL'); // its window waits for a person
  await exited;
  expect(readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))).toEqual(before);
});
