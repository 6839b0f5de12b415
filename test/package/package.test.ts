// What is in the packages that `npm run package -- --linux --quick deb rpm tar.gz` made. `npm test` makes them first.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { getCurrentFuseWire, FuseV1Options } from '@electron/fuses';
import { describe, expect, it } from 'vitest';

import { fuses } from '../../build/packaging/builderConfig.mjs';
import { asarFiles, asarPath, debFiles, manifestPath, unpackedDir } from '../../build/packaging/manifests.mjs';
import { root } from '../../build/paths.mjs';

const out = join(root, 'out');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const deb = join(out, `sluice_${version}_amd64.deb`);
const rpm = join(out, `sluice-${version}.x86_64.rpm`);
const archive = join(out, `sluice-${version}-x64.tar.gz`);
const MOST_ASAR_BYTES = 6 << 20;

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
const manifest = (name: string) => readFileSync(manifestPath(name), 'utf8').trimEnd().split('\n');

describe('the packed app', () => {
  it('holds exactly the files of its manifest', () => {
    expect(asarFiles()).toEqual(manifest('asarFiles'));
  });

  it('is at most 6 MiB, and nothing lies beside it', () => {
    expect(statSync(asarPath).size).toBeLessThanOrEqual(MOST_ASAR_BYTES);
    expect(readdirSync(join(unpackedDir, 'resources')).sort()).toEqual(['app.asar', 'apparmor-profile', 'bin']);
    expect(readdirSync(join(unpackedDir, 'locales'))).toEqual(expect.arrayContaining(['en-US.pak']));
    // The interface is in English; Chromium's own words in its two spellings.
    expect(readdirSync(join(unpackedDir, 'locales')).filter((name) => !name.startsWith('en-'))).toEqual([]);
  });

  it('has its fuses as configured, read from the binary', async () => {
    const wire = await getCurrentFuseWire(join(unpackedDir, 'sluice'));
    const on = '1'.charCodeAt(0);
    const read = Object.fromEntries(
      Object.keys(fuses).map((name) => {
        const option = `${name.charAt(0).toUpperCase()}${name.slice(1)}` as keyof typeof FuseV1Options;
        return [name, (wire as unknown as Record<number, number>)[FuseV1Options[option]] === on];
      }),
    );
    expect(read).toEqual(fuses);
    expect(fuses).toMatchObject({
      runAsNode: false,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    });
  });
});

describe('the deb', () => {
  it('says who it is and what it needs', () => {
    const fields = run('dpkg-deb', '-f', deb);
    expect(fields).toMatch(/^Package: sluice$/m);
    expect(fields).toMatch(new RegExp(`^Version: ${version.replaceAll('.', '\\.')}$`, 'm'));
    expect(fields).toMatch(/^Architecture: amd64$/m);
    expect(fields).toMatch(/^Depends: .*libgtk-3-0.*libnss3/m);
  });

  it('has exactly the files of its manifest', () => {
    expect(debFiles(deb)).toEqual(manifest('debFiles'));
  });
});

describe('rpm and tar.gz', () => {
  it('hold the same app', () => {
    const inRpm = run('rpm', '-qpl', rpm).split('\n');
    expect(inRpm).toContain('/opt/Sluice/resources/app.asar');
    expect(inRpm).toContain('/usr/share/applications/sluice.desktop');
    expect(run('rpm', '-qp', '--queryformat', '%{NAME} %{VERSION} %{ARCH}', rpm)).toBe(`sluice ${version} x86_64`);
    const inArchive = run('tar', 'tzf', archive).split('\n');
    expect(inArchive.some((name) => name.endsWith('/resources/app.asar'))).toBe(true);
  });
});

describe.runIf(existsSync('/opt/Sluice/sluice'))('the installed package', () => {
  it('registers its icon, the file type and the link', () => {
    const desktop = readFileSync('/usr/share/applications/sluice.desktop', 'utf8');
    expect(desktop).toMatch(/^MimeType=.*application\/x-virt-viewer;/m);
    expect(desktop).toMatch(/^MimeType=.*x-scheme-handler\/sluice;/m);
    expect(desktop).toMatch(/^Exec=\/opt\/Sluice\/sluice .*%U$/m);
    expect(desktop).toMatch(/^Icon=sluice$/m);
    expect(desktop).toMatch(/^StartupWMClass=sluice$/m);
    for (const px of [16, 32, 48, 128, 256, 512]) {
      expect(existsSync(`/usr/share/icons/hicolor/${px}x${px}/apps/sluice.png`), `${px}`).toBe(true);
    }
    expect(readFileSync('/usr/share/mime/packages/sluice.xml', 'utf8')).toContain('*.vv');
  });
});
