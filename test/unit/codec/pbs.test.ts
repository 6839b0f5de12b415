import { describe, expect, it } from 'vitest';

import {
  archiveKind,
  parseSnapshotName,
  restoredName,
  snapshotName,
  storedAs,
} from '../../../shared/codec/pbs/archiveName.ts';
import { parseKeyFile } from '../../../shared/codec/pbs/keyFile.ts';
import { parseManifest } from '../../../shared/codec/pbs/manifest.ts';

const csum = 'AB'.repeat(32);

describe('a manifest', () => {
  const text = JSON.stringify({
    signature: 'cd'.repeat(32),
    unprotected: { notes: 'mine', 'key-fingerprint': 'AA:'.repeat(31).concat('BB') },
    files: [{ size: 34_359_738_368, filename: 'drive-scsi0.img.fidx', csum, 'crypt-mode': 'encrypt' }],
    'backup-type': 'vm',
    'backup-time': 1_709_284_500,
    'backup-id': '100',
  });

  it('names the archives, and signs all but its signature and what is unprotected', () => {
    const manifest = parseManifest(text);
    expect(manifest.files).toEqual([
      { name: 'drive-scsi0.img.fidx', cryptMode: 'encrypt', sizeBytes: 34_359_738_368, csum: csum.toLowerCase() },
    ]);
    expect(manifest.keyFingerprint).toBe('aa'.repeat(31).concat('bb'));
    expect(manifest.signature).toBe('cd'.repeat(32));
    expect(manifest.signedText).toBe(
      '{"backup-id":"100","backup-time":1709284500,"backup-type":"vm",' +
        `"files":[{"crypt-mode":"encrypt","csum":"${csum}","filename":"drive-scsi0.img.fidx","size":34359738368}]}`,
    );
  });

  it('says which field is wrong, never what is in it', () => {
    expect(() => parseManifest(text.replace(csum, 'secret'))).toThrow('(files.0.csum)');
  });
});

describe('a key file', () => {
  it('is read in all its kinds', () => {
    const data = Buffer.alloc(64).toString('base64');
    expect(parseKeyFile(JSON.stringify({ kdf: null, data })).derivation).toEqual({ kind: 'none' });
    const scrypt = {
      kdf: { Scrypt: { n: 65_536, r: 8, p: 1, salt: 'AAAA' } },
      data,
      fingerprint: '0A:0b',
      hint: 'cat',
    };
    expect(parseKeyFile(JSON.stringify(scrypt))).toEqual({
      derivation: { kind: 'scrypt', n: 65_536, r: 8, p: 1, salt: 'AAAA' },
      data,
      fingerprint: '0a0b',
      hint: 'cat',
    });
    const pbkdf2 = { kdf: { PBKDF2: { iter: 65_535, salt: 'AAAA' } }, data };
    expect(parseKeyFile(JSON.stringify(pbkdf2)).derivation).toEqual({
      kind: 'pbkdf2',
      iterations: 65_535,
      salt: 'AAAA',
    });
  });

  it('is refused without a word of what is in it', () => {
    expect(() => parseKeyFile('{"data":"**topsecret**"}')).toThrow(/^The key file is none/);
  });
});

describe('names', () => {
  it('say what an archive is, how it is kept and what it is called when restored', () => {
    const names = [
      'drive-scsi0.img.fidx',
      'root.pxar.didx',
      'root.mpxar.didx',
      'catalog.pcat1.didx',
      'qemu-server.conf.blob',
    ];
    expect(names.map(archiveKind)).toEqual(['image', 'files', 'files', 'catalog', 'blob']);
    expect(names.map(storedAs)).toEqual(['fixed', 'dynamic', 'dynamic', 'dynamic', 'blob']);
    expect(names.map(restoredName)).toEqual([
      'drive-scsi0.img',
      'root.pxar',
      'root.mpxar',
      'catalog.pcat1',
      'qemu-server.conf',
    ]);
    expect(archiveKind('index.json.blob')).toBe('manifest');
  });

  it('of snapshots are written and read as the server does', () => {
    expect(snapshotName('vm', '100', 1_709_284_500)).toBe('vm/100/2024-03-01T09:15:00Z');
    expect(parseSnapshotName('vm/100/2024-03-01T09:15:00Z')).toEqual({ type: 'vm', id: '100', timeS: 1_709_284_500 });
    expect(parseSnapshotName('vm/100')).toBeUndefined();
    expect(parseSnapshotName('vm/../2024-03-01T09:15:00Z')).toBeUndefined();
  });
});
