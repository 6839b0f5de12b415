import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { makeOfflineBundle, policyTemplate } from '../../../build/packaging/offlineBundle.mjs';
import { readDescription, signUpdates, updatePublicKey } from '../../../build/packaging/signUpdates.mjs';
import { isSigned } from '../../../electron/main/update/signedUpdate.ts';
import { readPolicy } from '../../../shared/wire/policy.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const sha512 = createHash('sha512').update('package').digest('base64');
/** As electron-builder writes it. */
const description = `version: 0.3.0
files:
  - url: sluice-0.3.0-x86_64.AppImage
    sha512: ${sha512}
    size: 1234
    blockMapSize: 12
  - url: sluice_0.3.0_amd64.deb
    sha512: ${sha512}
    size: 7
path: sluice-0.3.0-x86_64.AppImage
sha512: ${sha512}
releaseDate: '2026-01-01T00:00:00.000Z'
`;

describe('the description of a version', () => {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

  it('is signed so that a package with the key takes it, however often it is signed', () => {
    const path = join(dir, 'latest-linux.yml');
    writeFileSync(path, description);
    const env = { SLUICE_UPDATE_KEY: pem };
    for (const time of [1, 2]) {
      expect(signUpdates([path], env), `${time}`).toBe(1);
      const text = readFileSync(path, 'utf8');
      const signature = /^signature: (.*)$/m.exec(text)?.[1];
      expect(text.match(/^signature: /gm)).toHaveLength(1);
      const files = [
        { url: 'sluice_0.3.0_amd64.deb', sha512, size: 7 },
        { url: 'sluice-0.3.0-x86_64.AppImage', sha512, size: 1234 },
      ];
      expect(isSigned({ version: '0.3.0', files }, signature, updatePublicKey(env) ?? '')).toBe(true);
    }
  });

  it('is left as it is where no key is named, and not signed where it is not understood', () => {
    const path = join(dir, 'latest.yml');
    writeFileSync(path, description);
    expect(signUpdates([path], {})).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(description);
    for (const wrong of ['', 'version: 1.0.0\n', description.replace(sha512, 'short'), 'version: 1\nfiles: []\n']) {
      expect(() => readDescription(wrong), wrong).toThrow('not understood');
    }
    const other = generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    expect(() => signUpdates([path], { SLUICE_UPDATE_KEY: other })).toThrow('Ed25519');
  });
});

describe.skipIf(process.platform === 'win32')('the bundle for rolling out without a network', () => {
  it('has packages, checksums that hold, parts, a policy that is taken and how it is done', async () => {
    const names = ['sluice_0.3.0_amd64.deb', 'sluice-0.3.0.x86_64.rpm', 'sluice-0.3.0-x64.tar.gz', 'latest-linux.yml'];
    const paths = names.map((name) => join(dir, name));
    for (const path of paths) writeFileSync(path, `content of ${path}`);
    const [feed = ''] = paths.slice(-1);
    const options = { outDir: dir, files: paths.slice(0, 3), feed: [feed], platform: 'linux', version: '0.3.0' };
    const archive = await makeOfflineBundle(options);
    expect(archive).toBe(join(dir, 'sluice-0.3.0-linux-offline.tar'));
    execFileSync('tar', ['-xf', archive, '-C', dir]);
    const folder = join(dir, 'sluice-0.3.0-linux-offline');
    const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    expect(found).toEqual(
      [
        'LICENSE',
        'README.txt',
        'SHA256SUMS',
        'packages',
        ...names.map((name) => `packages/${name}`),
        'policy.json',
        'sbom.cdx.json',
      ].sort(),
    );
    for (const line of readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')) {
      const [sum, file = ''] = line.split('  ');
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
        file,
      ).toBe(sum);
    }
    expect(readPolicy(readFileSync(join(folder, 'policy.json'), 'utf8'))).toEqual({ policy: policyTemplate });
    const readme = readFileSync(join(folder, 'README.txt'), 'utf8');
    for (const word of ['apt-get install -y ./sluice_0.3.0_amd64.deb', 'dnf install -y', '/etc/sluice/policy.json']) {
      expect(readme).toContain(word);
    }
    const parts = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { name: string }[];
    };
    expect(parts.bomFormat).toBe('CycloneDX');
    expect(parts.components.map(({ name }) => name)).toEqual(expect.arrayContaining(['electron', 'react', 'ws']));
  }, 60_000);

  it('is refused where there is no package', async () => {
    const none = makeOfflineBundle({ outDir: dir, files: [], platform: 'linux', version: '0.3.0' });
    await expect(none).rejects.toThrow('no package');
  });
});
