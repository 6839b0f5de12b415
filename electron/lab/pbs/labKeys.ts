import { createCipheriv, pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';

import { type LabKey, sha256 } from './formats.ts';

const FINGERPRINT_SEED = sha256(Buffer.from('Proxmox Backup Encryption Key Fingerprint'));

export const newKey = (secret: Buffer = randomBytes(32)): LabKey => ({
  secret,
  id: pbkdf2Sync(secret, '_id_key', 10, 32, 'sha256'),
});

/** As the server and its tools print it. */
export const keyFingerprint = (key: LabKey): string =>
  (sha256(FINGERPRINT_SEED, key.id).toString('hex').match(/../g) ?? []).join(':');

const lock = (key: LabKey, by: Buffer): string => {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', by, iv);
  const locked = Buffer.concat([cipher.update(key.secret), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), locked]).toString('base64');
};

/** Writes a key file as `proxmox-backup-client key create` does. */
export function keyFileText(key: LabKey, kdf: 'none' | 'scrypt' | 'pbkdf2', password = ''): string {
  const salt = randomBytes(32);
  const common = {
    created: '2026-03-01T10:15:00+01:00',
    modified: '2026-03-01T10:15:00+01:00',
    fingerprint: keyFingerprint(key),
  };
  if (kdf === 'none') return JSON.stringify({ kdf: null, ...common, data: key.secret.toString('base64') });
  if (kdf === 'scrypt') {
    const [n, r, p] = [65_536, 8, 1];
    const by = scryptSync(password, salt, 32, { N: n, r, p, maxmem: 256 << 20 });
    const scrypt = { Scrypt: { n, r, p, salt: salt.toString('base64') } };
    return JSON.stringify({ kdf: scrypt, ...common, data: lock(key, by), hint: 'the name of the lab' });
  }
  const by = pbkdf2Sync(password, salt, 65_535, 32, 'sha256');
  const pbkdf2 = { PBKDF2: { iter: 65_535, salt: salt.toString('base64') } };
  return JSON.stringify({ kdf: pbkdf2, ...common, data: lock(key, by) });
}
