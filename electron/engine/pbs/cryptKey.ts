import { createDecipheriv, createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { AppError } from '../../../shared/base/errors.ts';
import { KEY_BYTES, type KeyDerivation, type KeyFile } from '../../../shared/codec/pbs/keyFile.ts';

const IV_BYTES = 16;
const TAG_BYTES = 16;
const SCRYPT_MAX_BYTES = 512 << 20; // eight times what the client's own parameters need
const FINGERPRINT_SEED = createHash('sha256').update('Proxmox Backup Encryption Key Fingerprint').digest();

/** An encryption key, ready for use. It stays in the engine. */
export class CryptKey {
  readonly #secret: Uint8Array;
  /** What takes part in digests and signatures in place of the key (PBS wire facts 9.5). */
  readonly #id: Uint8Array;
  /** Lower-case hex. */
  readonly fingerprint: string;

  private constructor(secret: Uint8Array, id: Uint8Array) {
    this.#secret = secret;
    this.#id = id;
    this.fingerprint = createHash('sha256').update(FINGERPRINT_SEED).update(id).digest('hex');
  }

  static async of(secret: Uint8Array): Promise<CryptKey> {
    if (secret.length !== KEY_BYTES) throw wrongKey('The key in the key file has the wrong length.');
    return new CryptKey(secret, await promisify(pbkdf2)(secret, '_id_key', 10, KEY_BYTES, 'sha256'));
  }

  /** AES-256-GCM. Throws `protocol` where tag and bytes do not belong together. */
  decrypt(cipher: { readonly iv: Uint8Array; readonly tag: Uint8Array }, bytes: Uint8Array): Uint8Array {
    return unlock(this.#secret, cipher, bytes);
  }

  /** SHA-256 of data and key, as the names of encrypted chunks are. */
  digest(data: Uint8Array): Buffer {
    return createHash('sha256').update(data).update(this.#id).digest();
  }

  isSignature(text: string, signature: string): boolean {
    const own = createHmac('sha256', this.#id).update(text).digest();
    const given = Buffer.from(signature, 'hex');
    return given.length === own.length && timingSafeEqual(own, given);
  }
}

/**
 * Takes the key out of its file. Throws `invalid` where the password is wrong (`detail.needsPassword` where none was
 * given) or the file's fingerprint is another key's.
 */
export async function unlockKey(file: KeyFile, password: string | undefined): Promise<CryptKey> {
  const data = Buffer.from(file.data, 'base64');
  const key = await CryptKey.of(file.derivation.kind === 'none' ? data : await opened(file, data, password));
  if (file.fingerprint !== undefined && file.fingerprint !== key.fingerprint) {
    throw wrongKey('The key file is damaged: its fingerprint is that of another key.');
  }
  return key;
}

async function opened(file: KeyFile, data: Buffer, password: string | undefined): Promise<Uint8Array> {
  if (password === undefined) {
    const hint = file.hint === undefined ? {} : { hint: file.hint };
    throw new AppError('invalid', 'The key file is locked with a password. Enter it.', {
      detail: { needsPassword: true, ...hint },
    });
  }
  if (data.length !== IV_BYTES + TAG_BYTES + KEY_BYTES) throw wrongKey('The key file is damaged.');
  const cipher = { iv: data.subarray(0, IV_BYTES), tag: data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES) };
  const by = await derive(file.derivation, password);
  try {
    return unlock(by, cipher, data.subarray(IV_BYTES + TAG_BYTES));
  } catch {
    throw new AppError('invalid', 'The password of the key file is wrong. Enter it again.', {
      detail: { needsPassword: true },
    });
  }
}

type Scrypt = (
  password: string,
  salt: Buffer,
  bytes: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;

async function derive(derivation: KeyDerivation, password: string): Promise<Uint8Array> {
  if (derivation.kind === 'none') throw new AppError('internal', 'A key without a password was to be derived.');
  const salt = Buffer.from(derivation.salt, 'base64');
  if (derivation.kind === 'pbkdf2') {
    return await promisify(pbkdf2)(password, salt, derivation.iterations, KEY_BYTES, 'sha256');
  }
  const { n, r, p } = derivation;
  const options = { N: n, r, p, maxmem: SCRYPT_MAX_BYTES };
  try {
    return await (promisify(scrypt) as Scrypt)(password, salt, KEY_BYTES, options);
  } catch (error) {
    throw new AppError('invalid', 'The key file asks for a way of unlocking that this machine cannot do.', {
      cause: error,
    });
  }
}

function unlock(
  key: Uint8Array,
  { iv, tag }: { readonly iv: Uint8Array; readonly tag: Uint8Array },
  bytes: Uint8Array,
): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(tag);
  const data = decipher.update(bytes); // GCM is a stream: all of it comes here
  try {
    decipher.final();
  } catch (error) {
    throw new AppError('protocol', 'A piece of the backup does not fit the key. Verify the backup on its server.', {
      cause: error,
    });
  }
  return data;
}

function wrongKey(message: string): AppError {
  return new AppError('invalid', `${message} Choose another.`);
}
