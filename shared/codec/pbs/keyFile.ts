import * as z from 'zod/mini';

import { AppError } from '../../base/errors.ts';

const count = z.int().check(z.gte(1), z.lte(2 ** 31));
const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/));

const keyFile = z.object({
  kdf: z.optional(
    z.nullable(
      z.union([
        z.object({ Scrypt: z.object({ n: count, r: count, p: count, salt: base64 }) }),
        z.object({ PBKDF2: z.object({ iter: count, salt: base64 }) }),
      ]),
    ),
  ),
  data: base64,
  fingerprint: z.optional(z.nullable(z.string())),
  hint: z.optional(z.nullable(z.string())),
});

/** How a password becomes the key that the key is locked with. Salts are base64. */
export type KeyDerivation =
  | { readonly kind: 'none' }
  | { readonly kind: 'scrypt'; readonly n: number; readonly r: number; readonly p: number; readonly salt: string }
  | { readonly kind: 'pbkdf2'; readonly iterations: number; readonly salt: string };

/** An encryption key as `proxmox-backup-client key create` writes it. */
export interface KeyFile {
  readonly derivation: KeyDerivation;
  /**
   * Base64. Without a derivation the key's 32 bytes; else 16 bytes of initialisation vector, 16 of tag and the locked
   * key, AES-256-GCM.
   */
  readonly data: string;
  /** Lower-case hex without colons; old files have none. */
  readonly fingerprint: string | undefined;
  /** What the owner wrote to remember the password by. */
  readonly hint: string | undefined;
}

export const KEY_BYTES = 32;

/** Reads a key file. Throws `invalid` where it is none. Its text is a secret: no error repeats any of it. */
export function parseKeyFile(text: string): KeyFile {
  const parsed = keyFile.safeParse(tryParse(text));
  if (!parsed.success) {
    throw new AppError('invalid', 'The key file is none that Proxmox Backup Server’s client wrote. Choose another.');
  }
  const { kdf, data, fingerprint, hint } = parsed.data;
  return {
    derivation: derivationOf(kdf ?? undefined),
    data,
    fingerprint: fingerprint?.replaceAll(':', '').toLowerCase(),
    hint: hint ?? undefined,
  };
}

type Kdf = NonNullable<z.infer<typeof keyFile>['kdf']>;

function derivationOf(kdf: Kdf | undefined): KeyDerivation {
  if (!kdf) return { kind: 'none' };
  if ('Scrypt' in kdf) return { kind: 'scrypt', ...kdf.Scrypt };
  return { kind: 'pbkdf2', iterations: kdf.PBKDF2.iter, salt: kdf.PBKDF2.salt };
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the schema says that it is none
  }
}
