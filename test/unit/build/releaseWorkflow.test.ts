// What can be said of the release workflow without running it: its words fit the tree they are used in.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');

/** What electron-builder and its signing tools read of the environment; the rest is ours. */
const builderNames =
  /^(CSC_(LINK|KEY_PASSWORD)|WIN_CSC_LINK|APPLE_\w+|AZURE_(TENANT_ID|CLIENT_ID|CLIENT_SECRET)|GH_TOKEN)$/;

const ours = readdirSync(join(root, 'build'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => readFileSync(join(root, 'build', name), 'utf8'))
  .join('\n');

/** The scripts of its steps, each with what the matrix and the like would put in taken out. */
function scripts(): { shell: string; script: string }[] {
  return text.split(/\n(?= {6}- )/).flatMap((step) => {
    const [, script] = /\n? *(?:- )?run: (?:\|\n)?([\s\S]*?)(?=\n {8}\w|\n {6}-|$)/.exec(step) ?? [];
    if (script === undefined) return [];
    return [{ shell: step.includes('shell: pwsh') ? 'pwsh' : 'bash', script: script.replace(/\$\{\{[^}]*\}\}/g, 'x') }];
  });
}

describe('the release workflow', () => {
  it('hands over only variables that something reads', () => {
    const names = [...text.matchAll(/^ {6}([A-Z][A-Z_]+): \$\{\{/gm)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !builderNames.test(name) && !ours.includes(name))).toEqual([]);
  });

  it('takes away every variable without a value that would be read as one', () => {
    const unset = /for name in ([^;]*);/.exec(text)?.[1]?.split(' ') ?? [];
    for (const name of ['CSC_LINK', 'APPLE_API_KEY', 'AZURE_SIGN_ACCOUNT', 'SLUICE_UPDATE_URL']) {
      expect(unset).toContain(name);
    }
  });

  it('runs scripts that bash can read, and files that are there', () => {
    const all = scripts();
    expect(all.length).toBeGreaterThan(6);
    for (const { shell, script } of all) {
      if (shell === 'bash') execFileSync('bash', ['-n'], { input: script });
      for (const [path] of script.matchAll(/build\/[\w./-]+\.mjs/g))
        expect(existsSync(join(root, path)), path).toBe(true);
    }
  });

  it('packages with arguments that the command takes, for the three systems', () => {
    const all = [...text.matchAll(/args: (.*?) \}/g)].map(([, args]) => args?.split(' ') ?? []);
    expect(all.map(([platform]) => platform)).toEqual(['--linux', '--win', '--mac']);
    const help = execFileSync(process.execPath, [join(root, 'build/package.mjs'), '--help'], { encoding: 'utf8' });
    for (const word of all.flat().filter((part) => part.startsWith('--'))) expect(help).toContain(word);
  });

  it('may write nothing but the release, and only in the job that makes it', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
    expect(text.match(/contents: write/g)).toHaveLength(1);
    expect(text).not.toMatch(/pull_request_target|permissions: write-all/);
  });
});
