import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { root } from '../../build/paths.mjs';

const onPath = (name: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
const hasLibrary = () => {
  try {
    createRequire(import.meta.url)('@napi-rs/keyring');
    return true;
  } catch {
    return false; // its native part is not for every machine
  }
};
const lacking = ['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool'].filter((name) => !onPath(name));
const canRun = process.platform === 'linux' && lacking.length === 0 && hasLibrary();
if (!canRun)
  console.log(`keyring: skipped, without ${[...lacking, ...(hasLibrary() ? [] : ['@napi-rs/keyring'])].join(', ')}`);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-keyring-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Runs a script on a bus of its own; with `unlocked` GNOME's key store serves it. Node's own type stripping is used. */
function onBus(body: string, unlocked: boolean): { code: number | null; out: string; error: string } {
  const script = join(dir, 'script.ts');
  writeFileSync(
    script,
    `import { openKeyringVault } from '${join(root, 'electron/hosts/vaults/keyringVault.ts')}';\n${body}\n`,
  );
  const unlock = unlocked ? 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; ' : '';
  const run = spawnSync('dbus-run-session', ['--', 'sh', '-c', `${unlock}"${process.execPath}" "${script}"`], {
    env: { ...process.env, HOME: dir, XDG_DATA_HOME: dir, XDG_RUNTIME_DIR: dir, NODE_NO_WARNINGS: '1' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: run.status, out: run.stdout.trim(), error: run.stderr };
}

describe.skipIf(!canRun)('the vault of the web host', () => {
  it('keeps secrets with a real Secret Service, over processes, and removes them', () => {
    const first = onBus(
      `const vault = await openKeyringVault();
       console.log(vault?.state.keeps);
       await vault.write('ticket/a', 'canary');
       console.log(await (await openKeyringVault()).read('ticket/a'));
       const { spawnSync } = await import('node:child_process');
       const shown = spawnSync('secret-tool', ['search', '--all', 'service', 'Sluice'], { encoding: 'utf8' });
       console.log(/secret = canary/.test(shown.stdout));
       await vault.remove('ticket/a');
       console.log(await vault.read('ticket/a'));
       process.exit(0);`,
      true,
    );
    expect(first.out.split('\n'), first.error).toEqual(['system', 'canary', 'true', 'undefined']);
  }, 70_000);

  it('is not there without a key store, and nothing else takes its place', () => {
    const { out, error } = onBus('console.log(await openKeyringVault()); process.exit(0);', false);
    expect(out, error).toBe('undefined');
  }, 70_000);
});
