// What the configuration makes for systems that are not here: packed with stand-ins for their Electron, which have its
// layout and no code. `npm run package -- --win --dir --stand-in` does the same by hand.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { getRawHeader } from '@electron/asar';
import { getCurrentFuseWire, FuseV1Options } from '@electron/fuses';
import { beforeAll, describe, expect, it } from 'vitest';

import { builderConfig, fuses } from '../../build/packaging/builderConfig.mjs';
import { root } from '../../build/paths.mjs';

const PACK_MS = 120_000; // a busy machine; 3 s on an idle one
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const standIns = join(root, 'out', 'stand-in');
const config = builderConfig({ appDir: 'out/app', outDir: 'out', env: {} });

function pack(platform: string, arch: string): void {
  const args = [join(root, 'build/package.mjs'), `--${platform}`, '--dir', '--stand-in', '--quick', '--arch', arch];
  execFileSync(process.execPath, args, { stdio: 'pipe' });
}

async function readFuses(program: string): Promise<Record<string, boolean>> {
  const wire = (await getCurrentFuseWire(program)) as unknown as Record<number, number>;
  const isOn = (name: string) => {
    const option = `${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof typeof FuseV1Options;
    return wire[FuseV1Options[option]] === '1'.charCodeAt(0);
  };
  return Object.fromEntries(Object.keys(fuses).map((name) => [name, isOn(name)]));
}

/** What Electron compares an archive with before it loads it. */
function headerDigest(archive: string): string {
  return createHash('sha256').update(getRawHeader(archive).headerString).digest('hex');
}

interface ResourceEntry {
  readonly type: string | number;
  readonly bin: ArrayBuffer;
}

interface Program {
  readonly size?: number;
}

interface VersionInfo {
  getAllLanguagesForStringValues(): readonly { lang: number; codepage: number }[];
  getStringValues(language: { lang: number; codepage: number } | undefined): Record<string, string>;
}

/** The part of electron-builder's own library for Windows programs that is used here. */
interface ResourceEditor {
  readonly NtExecutable: { from(bytes: Uint8Array): Program };
  readonly NtExecutableResource: { from(program: Program): { readonly entries: readonly ResourceEntry[] } };
  readonly Resource: {
    readonly VersionInfo: { fromEntries(entries: readonly ResourceEntry[]): readonly VersionInfo[] };
  };
}

function windowsResources(program: string) {
  const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
  const editor = createRequire(require.resolve('app-builder-lib'))('resedit') as ResourceEditor;
  const { entries } = editor.NtExecutableResource.from(editor.NtExecutable.from(readFileSync(program)));
  const [info] = editor.Resource.VersionInfo.fromEntries(entries);
  return { entries, words: info?.getStringValues(info.getAllLanguagesForStringValues()[0]) ?? {} };
}

describe('the Windows package', () => {
  const dir = join(standIns, 'win', 'win-unpacked');
  beforeAll(() => pack('win', 'x64'), PACK_MS);

  it('is called Sluice in its properties, and has its icon in all sizes', () => {
    const { entries, words } = windowsResources(join(dir, 'Sluice.exe'));
    expect(words).toMatchObject({
      ProductName: 'Sluice',
      CompanyName: 'Sluice maintainers',
      FileDescription: expect.stringContaining('Sluice') as string,
      FileVersion: version,
      LegalCopyright: expect.stringContaining('Sluice') as string,
    });
    const RT_ICON = 3;
    expect(entries.filter(({ type }) => type === RT_ICON).length).toBeGreaterThanOrEqual(6);
  });

  it('knows its archive by the digest that Electron checks, and has its fuses', async () => {
    const { entries } = windowsResources(join(dir, 'Sluice.exe'));
    const integrity = entries.find(({ type }) => type === 'INTEGRITY');
    const expected = headerDigest(join(dir, 'resources', 'app.asar'));
    expect(JSON.parse(Buffer.from(integrity?.bin ?? new ArrayBuffer(0)).toString())).toEqual([
      { file: 'resources\\app.asar', alg: 'SHA256', value: expected },
    ]);
    expect(await readFuses(join(dir, 'Sluice.exe'))).toEqual(fuses);
  });

  it('holds the app, the command and two languages, and nothing else', () => {
    expect(readdirSync(join(dir, 'resources')).sort()).toEqual(['app.asar', 'bin']);
    expect(readdirSync(join(dir, 'resources', 'bin')).sort()).toEqual(['path.ps1', 'sluice.cmd']);
    expect(readdirSync(join(dir, 'locales')).sort()).toEqual(['en-GB.pak', 'en-US.pak']);
  });

  it('is installed for one user without an administrator, for all by choice, and puts the command on the path', () => {
    expect(config.nsis).toMatchObject({
      oneClick: false,
      perMachine: false,
      selectPerMachineByDefault: false,
      allowElevation: true,
      deleteAppDataOnUninstall: false,
    });
    expect(config.win.target.map(({ target, arch }) => [target, arch])).toEqual([
      ['nsis', ['x64', 'arm64']],
      ['portable', ['x64', 'arm64']],
    ]);
    const script = readFileSync(join(root, config.nsis.include), 'utf8');
    expect(script).toMatch(/path\.ps1" add "\$INSTDIR\\resources\\bin" \$installMode/);
    expect(script).toMatch(/path\.ps1" remove "\$INSTDIR\\resources\\bin" \$installMode/);
    expect(config.nsis.artifactName).not.toBe(config.portable.artifactName);
  });

  it('is signed only where the environment names how', () => {
    expect(config.win).not.toHaveProperty('azureSignOptions');
    const env = {
      AZURE_SIGN_ACCOUNT: 'a',
      AZURE_SIGN_PUBLISHER: 'p',
      AZURE_SIGN_ENDPOINT: 'e',
      AZURE_SIGN_PROFILE: 'c',
    };
    expect(builderConfig({ appDir: '', outDir: '', env }).win).toHaveProperty('azureSignOptions.publisherName', 'p');
  });
});

describe('the macOS package', () => {
  const contents = join(standIns, 'mac', 'mac-arm64', 'Sluice.app', 'Contents');
  beforeAll(() => pack('mac', 'arm64'), PACK_MS);

  it('tells the system its name, its files and its links', () => {
    const plist = readFileSync(join(contents, 'Info.plist'), 'utf8');
    const value = (key: string) => new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(plist)?.[1];
    expect(value('CFBundleIdentifier')).toBe('app.sluice.Sluice');
    expect(value('CFBundleName')).toBe('Sluice');
    expect(value('CFBundleShortVersionString')).toBe(version);
    expect(value('LSApplicationCategoryType')).toBe('public.app-category.developer-tools');
    expect(plist).toMatch(/<key>CFBundleURLSchemes<\/key>\s*<array>\s*<string>sluice<\/string>/);
    expect(plist).toMatch(/<key>CFBundleTypeExtensions<\/key>\s*<array>\s*<string>vv<\/string>/);
    expect(existsSync(join(contents, 'Resources', value('CFBundleIconFile') ?? ''))).toBe(true);
    expect(plist).toContain(headerDigest(join(contents, 'Resources', 'app.asar')));
  });

  it('has its helpers by its own name, the command, and one language', () => {
    const helpers = readdirSync(join(contents, 'Frameworks')).filter((name) => name.endsWith('.app'));
    expect(helpers.length).toBeGreaterThan(3);
    expect(helpers.filter((name) => !name.startsWith('Sluice Helper'))).toEqual([]);
    expect(existsSync(join(contents, 'Resources', 'bin', 'sluice'))).toBe(true);
    expect(readdirSync(join(contents, 'Resources')).filter((name) => name.endsWith('.lproj'))).toEqual(['en.lproj']);
  });

  it('has its fuses', async () => {
    expect(await readFuses(join(contents, '..'))).toEqual(fuses);
  });

  it('is universal, hardened, and notarized only where there is a key', () => {
    expect(config.mac.target.map(({ target, arch }) => [target, arch])).toEqual([
      ['dmg', ['universal']],
      ['zip', ['universal']],
    ]);
    expect(config.mac).toMatchObject({ hardenedRuntime: true, notarize: false });
    const env = { APPLE_API_KEY: 'k' };
    expect(builderConfig({ appDir: '', outDir: '', env }).mac.notarize).toBe(true);
    for (const path of [config.mac.entitlements, config.mac.entitlementsInherit]) {
      const granted = [...readFileSync(join(root, path), 'utf8').matchAll(/<key>([^<]*)<\/key>/g)].map(
        ([, key]) => key,
      );
      expect(granted).toEqual(['com.apple.security.cs.allow-jit']);
    }
  });
});

describe('the Linux package for arm64', () => {
  const dir = join(standIns, 'linux', 'linux-arm64-unpacked');
  beforeAll(() => pack('linux', 'arm64'), PACK_MS);

  it('holds the app under its name, with its fuses', async () => {
    expect(readdirSync(join(dir, 'resources')).sort()).toEqual(['app.asar', 'bin']);
    expect(readdirSync(join(dir, 'locales')).sort()).toEqual(['en-GB.pak', 'en-US.pak']);
    expect(await readFuses(join(dir, 'sluice'))).toEqual(fuses);
  });

  it('is made as all four kinds, the AppImage with a runtime that needs no FUSE 2', () => {
    expect(config.linux.target.map(({ target }) => target).sort()).toEqual(['AppImage', 'deb', 'rpm', 'tar.gz']);
    for (const { arch } of config.linux.target) expect(arch).toEqual(['x64', 'arm64']);
    // From toolset 1.0 on it is the static runtime; before, the one that asks for libfuse.so.2.
    expect(Number(config.toolsets.appimage.split('.')[0])).toBeGreaterThanOrEqual(1);
  });
});
