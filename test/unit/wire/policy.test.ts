import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readMachinePolicy } from '../../../electron/hosts/policyFile.ts';
import { SettingsStore } from '../../../electron/engine/store/settingsStore.ts';
import { defaultSettings } from '../../../shared/model/settings.ts';
import { isSafeFeed, readPolicy, readRegistryAnswer } from '../../../shared/wire/policy.ts';
import { FakeDocuments } from '../../support/engineBench.ts';

describe('a policy', () => {
  it('is read as it stands', () => {
    const text = '{"updateUrl":"https://updates.example/sluice/","settings":{"updates":"off","keepsSignIns":false}}';
    expect(readPolicy(text)).toEqual({ policy: JSON.parse(text) as unknown });
    expect(readPolicy('{}')).toEqual({ policy: {} });
    expect(readPolicy('\uFEFF{}')).toEqual({ policy: {} });
  });

  it.each([
    ['', 'not JSON'],
    ['[]', 'expected object'],
    ['{"updates":"off"}', 'unknown: updates'],
    ['{"settings":{"updates":"never"}}', 'settings.updates'],
    ['{"settings":{"theme":"dark"}}', 'settings: unknown: theme'],
    ['{"settings":{"keepsAwake":1}}', 'settings.keepsAwake'],
    ['{"updateUrl":"http://updates.example/"}', 'https://'],
    [`{"updateUrl":"https://${'a'.repeat(70_000)}"}`, '64 KiB'],
  ])('%j is refused with the reason', (text, reason) => {
    const read = readPolicy(text);
    expect('problem' in read ? read.problem : '').toMatch(new RegExp(reason, 'i'));
  });

  it('takes updates over encrypted ways or from this machine only', () => {
    for (const url of ['https://a.example', 'https://a.example:8443/x/', 'http://127.0.0.1:80/', 'http://[::1]:8/']) {
      expect(isSafeFeed(url), url).toBe(true);
    }
    for (const url of [
      'http://a.example/',
      'https://user:word@a.example/',
      'file:///tmp',
      'https://',
      'http://127.0.0.1.example/',
      'https://a.example/?q',
      'https://a.example/ x',
    ]) {
      expect(isSafeFeed(url), url).toBe(false);
    }
  });
});

it('a policy of the registry is what reg query prints of it', () => {
  const answer = (line: string) => `\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Sluice\r\n${line}\r\n\r\n`;
  const text = '{"settings": {"updates": "off"}}';
  expect(readRegistryAnswer(answer(`    Policy    REG_SZ    ${text}`))).toBe(text);
  expect(readRegistryAnswer(answer('    Policy    REG_DWORD    0x1'))).toBeUndefined();
  expect(readRegistryAnswer('')).toBeUndefined();
});

describe.skipIf(process.platform === 'win32')('the machine’s policy', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-policy-'));
    path = join(dir, 'policy.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is none where there is no file', () => {
    expect(readMachinePolicy(path)).toEqual({ updateUrl: undefined, forced: {}, problem: undefined });
    expect(readMachinePolicy(join(path, 'below'))).toMatchObject({ forced: {} });
  });

  it('makes cautious where it is not understood or others can write it', () => {
    writeFileSync(path, '{"settings":{"updates":"tell"}}', { mode: 0o644 });
    chmodSync(path, 0o644);
    expect(readMachinePolicy(path)).toMatchObject({ forced: { updates: 'tell' }, problem: undefined });
    chmodSync(path, 0o666);
    expect(readMachinePolicy(path)).toMatchObject({
      forced: { updates: 'off' },
      problem: expect.stringMatching(/others than the administrator.*stay off/) as string,
    });
    chmodSync(path, 0o644);
    writeFileSync(path, '{');
    expect(readMachinePolicy(path)).toMatchObject({ forced: { updates: 'off' } });
  });
});

describe('settings under a policy', () => {
  it('cannot be changed where it decides, and come back as they were chosen when it goes', async () => {
    const documents = new FakeDocuments();
    const before = new SettingsStore(documents);
    await before.ready();
    await before.set({ ...defaultSettings, updates: 'install', keepsSignIns: true });
    const under = new SettingsStore(documents, { updates: 'off', keepsSignIns: false });
    await under.ready();
    expect(under.settings).toMatchObject({ updates: 'off', keepsSignIns: false });
    expect(under.forced).toEqual(['updates', 'keepsSignIns']);
    const told: unknown[] = [];
    under.onChanged((settings) => told.push(settings));
    await under.set({ ...under.settings, theme: 'dark', updates: 'install', keepsSignIns: true });
    expect(under.settings).toMatchObject({ theme: 'dark', updates: 'off', keepsSignIns: false });
    expect(told).toEqual([under.settings]);
    const after = new SettingsStore(documents);
    await after.ready();
    expect(after.settings).toEqual({ ...defaultSettings, theme: 'dark', updates: 'install', keepsSignIns: true });
    expect(after.forced).toEqual([]);
  });
});
