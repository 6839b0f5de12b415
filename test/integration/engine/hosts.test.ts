import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { defaultDataDir } from '../../../electron/hosts/dataDir.ts';
import { FileDocuments } from '../../../electron/hosts/fileDocuments.ts';
import { ParentVault } from '../../../electron/hosts/utility/parentVault.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import type { ToMain } from '../../../shared/wire/hostMessages.ts';

describe('documents in files', () => {
  let dir: string;
  let documents: FileDocuments;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-documents-'));
    documents = new FileDocuments(join(dir, 'data'));
  });
  afterEach(() => {
    chmodSync(join(dir), 0o700);
    rmSync(dir, { recursive: true });
  });

  it('are read as they were written, by another instance too', async () => {
    await documents.write('clusters', { clusters: [{ id: 'a', name: 'größer' }] });
    expect(await new FileDocuments(join(dir, 'data')).read('clusters')).toEqual({
      clusters: [{ id: 'a', name: 'größer' }],
    });
    expect(await documents.read('settings')).toBeUndefined();
  });

  it('hold what was written last, and leave no drafts behind', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => documents.write('settings', { i })));
    expect(await documents.read('settings')).toEqual({ i: 29 });
    expect(readdirSync(join(dir, 'data'))).toEqual(['settings.json']);
  });

  it('are readable by their owner alone', async () => {
    await documents.write('settings', {});
    expect(statSync(join(dir, 'data')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, 'data', 'settings.json')).mode & 0o777).toBe(0o600);
  });

  it('are taken as missing when somebody damaged them, and can be written again', async () => {
    await documents.write('settings', { a: 1 });
    writeFileSync(join(dir, 'data', 'settings.json'), '{"a":');
    expect(await documents.read('settings')).toBeUndefined();
    await documents.write('settings', { a: 2 });
    expect(await documents.read('settings')).toEqual({ a: 2 });
  });

  it('keep the old one when a write fails, and go on with the next', async () => {
    const file = join(dir, 'blocked');
    writeFileSync(file, '');
    const blocked = new FileDocuments(file);
    await expect(blocked.write('settings', {})).rejects.toThrow();
    rmSync(file);
    await blocked.write('settings', { a: 1 });
    expect(await blocked.read('settings')).toEqual({ a: 1 });
  });

  it('are freed of what a killed program left in the middle of a write, its lock too', async () => {
    await documents.write('settings', { i: 1 });
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const left = (name: string) => join(dir, 'data', name);
    writeFileSync(left(`settings.json.${dead}.7.tmp`), '{"i":');
    writeFileSync(left(`settings.json.${process.pid}.999.tmp`), '{"i":');
    writeFileSync(left('settings.json.lock'), String(dead));
    const next = new FileDocuments(join(dir, 'data'));
    await next.update('settings', () => ({ i: 2 }));
    expect(await next.read('settings')).toEqual({ i: 2 });
    expect(readdirSync(join(dir, 'data')).sort()).toEqual(['settings.json', `settings.json.${process.pid}.999.tmp`]);
  });

  it('have plain names', async () => {
    for (const name of ['../x', 'a/b', 'A', '', '.hidden']) await expect(documents.read(name)).rejects.toThrow(/name/);
  });
});

it.each([
  ['linux', { XDG_CONFIG_HOME: '/x/config' }, '/x/config/sluice'],
  ['win32', { APPDATA: 'C:\\Users\\a\\AppData\\Roaming' }, 'Sluice'],
  ['darwin', {}, 'Library/Application Support/Sluice'],
] as const)('keeps data where %s wants it', (platform, env, end) => {
  expect(defaultDataDir(env, platform).endsWith(end)).toBe(true);
});

describe('the vault of the main process', () => {
  it('is asked by number, answers come in any order', async () => {
    const sent: ToMain[] = [];
    const vault = new ParentVault((message) => sent.push(message), { keeps: 'system', canBeUnprotected: false });
    const [first, second] = [vault.read('ticket/a'), vault.read('ticket/b')];
    const ids = sent.map((message) => ('id' in message ? message.id : 0));
    vault.handleAnswer({ kind: 'vault.done', id: ids[1] ?? 0, secret: 'of b' });
    vault.handleAnswer({ kind: 'vault.done', id: ids[0] ?? 0 });
    expect(await Promise.all([first, second])).toEqual([undefined, 'of b']);
  });

  it('says that it failed without the secret', async () => {
    const sent: ToMain[] = [];
    const vault = new ParentVault((message) => sent.push(message), { keeps: 'system', canBeUnprotected: false });
    const written = vault.write('ticket/a', 'canary').catch((error: AppError) => error.toInfo());
    vault.handleAnswer({ kind: 'vault.failed', id: 1, message: 'the keychain is locked' });
    const failure = await written;
    expect(failure).toMatchObject({ code: 'internal' });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });
});
