import { createPublicKey, verify } from 'node:crypto';

/** What of a description of a version is signed. */
export interface SignedPart {
  readonly version: string;
  readonly files: readonly { readonly url: string; readonly sha512: string; readonly size?: number | undefined }[];
}

/**
 * The text that is signed (Ed25519): the version, and name, length and SHA-512 of each of its files. How far it is out
 * and when is not in it, so that this can change without the key.
 */
export function signedText({ version, files }: SignedPart): string {
  const lines = files.map(({ url, sha512, size }) => `${sha512} ${size ?? ''} ${url}`).sort();
  return ['sluice-update 1', version, ...lines, ''].join('\n');
}

/** `publicKey`: SPKI, DER in Base64. */
export function isSigned(part: SignedPart, signature: unknown, publicKey: string): boolean {
  if (typeof signature !== 'string') return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return verify(null, Buffer.from(signedText(part)), key, Buffer.from(signature, 'base64'));
  } catch {
    return false; // neither key nor signature: nothing vouches for it
  }
}
