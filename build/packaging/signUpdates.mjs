// Signs the files that describe a version for the updater (latest*.yml), where the environment names a key:
// SLUICE_UPDATE_KEY, an Ed25519 private key as PEM, or SLUICE_UPDATE_KEY_FILE, where it lies.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

import { signedText } from '../../electron/main/update/signedUpdate.ts';

function readKey(env) {
  const pem = env.SLUICE_UPDATE_KEY ?? (env.SLUICE_UPDATE_KEY_FILE && readFileSync(env.SLUICE_UPDATE_KEY_FILE, 'utf8'));
  if (!pem) return undefined;
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('The key of updates has to be an Ed25519 key.');
  return key;
}

/**
 * What a package takes along to check updates with: SPKI, DER in Base64. Undefined where no key is named.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
export function updatePublicKey(env = process.env) {
  if (env.SLUICE_UPDATE_PUBLIC_KEY) return env.SLUICE_UPDATE_PUBLIC_KEY;
  const key = readKey(env);
  return key && createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** Reads what electron-builder writes, and nothing else: a shape that is not known must not be signed. */
export function readDescription(text) {
  const version = /^version: (\S+)$/m.exec(text)?.[1];
  const list = /^files:\n((?: {2}[- ] .*\n)+)/m.exec(text)?.[1] ?? '';
  const files = list
    .split(/^ {2}- /m)
    .slice(1)
    .map((entry) =>
      Object.fromEntries(
        entry
          .trim()
          .split('\n')
          .map((line) => line.trim().split(/: (.*)/, 2)),
      ),
    )
    .map(({ url, sha512, size }) => ({ url, sha512, ...(size === undefined ? {} : { size: Number(size) }) }));
  const isWhole = files.every(({ url, sha512 }) => url && /^[A-Za-z0-9+/]{86}==$/.test(sha512 ?? ''));
  if (!version || files.length === 0 || !isWhole) throw new Error('The description of the version was not understood.');
  return { version, files };
}

/**
 * Signs each, in its place.
 * @param {string[]} paths
 * @param {NodeJS.ProcessEnv} env
 * @returns {number} how many; 0 where no key is named.
 */
export function signUpdates(paths, env = process.env) {
  const key = readKey(env);
  if (!key) return 0;
  for (const path of paths) {
    const text = readFileSync(path, 'utf8').replace(/^signature: .*\n?/m, '');
    let signature;
    try {
      signature = sign(null, Buffer.from(signedText(readDescription(text))), key).toString('base64');
    } catch (error) {
      throw new Error(`${basename(path)}: ${error.message}`);
    }
    writeFileSync(path, `${text.trimEnd()}\nsignature: ${signature}\n`);
  }
  return paths.length;
}
