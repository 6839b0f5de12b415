import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

import * as der from './der.ts';

export interface Issued {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** SHA-256, upper-case hex in pairs joined by colons, as Proxmox prints it. */
  readonly fingerprint: string;
}

/** Name parts in certificate order. */
export type Subject = readonly (readonly ['CN' | 'O' | 'OU', string])[];

export interface Authority extends Issued {
  readonly subject: Subject;
  readonly key: KeyObject;
}

const ECDSA_WITH_SHA256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'));
const NAME_OIDS = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11' } as const;
const YEAR_MS = 365 * 86_400_000;

const encodeName = (subject: Subject): Buffer =>
  der.sequence(
    ...subject.map(([part, text]) => der.set(der.sequence(der.objectId(NAME_OIDS[part]), der.utf8String(text)))),
  );

const extension = (oid: string, critical: boolean, value: Uint8Array): Buffer =>
  der.sequence(der.objectId(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));

const keyIdOf = (publicKey: KeyObject): Buffer =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();

const ipBytes = (address: string): Buffer => {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail = ''] = address.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - words(head).length - words(tail).length;
  const all = [...words(head), ...Array.from({ length: missing }, () => '0'), ...words(tail)];
  return Buffer.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]));
};

const alternativeName = (name: string): Buffer =>
  isIPv4(name) || isIPv6(name) ? der.context(7, false, ipBytes(name)) : der.context(2, false, Buffer.from(name));

interface Draft {
  readonly subject: Subject;
  readonly issuer: Subject;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly fromMs: number;
  readonly years: number;
  readonly extensions: readonly Buffer[];
}

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

const signCertificate = (draft: Draft): string => {
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f;
  const body = der.sequence(
    der.context(0, true, der.integer(Buffer.of(2))), // version 3
    der.integer(serial),
    ECDSA_WITH_SHA256,
    encodeName(draft.issuer),
    der.sequence(der.time(draft.fromMs), der.time(draft.fromMs + draft.years * YEAR_MS)),
    encodeName(draft.subject),
    draft.publicKey.export({ type: 'spki', format: 'der' }),
    der.context(3, true, der.sequence(...draft.extensions)),
  );
  return pem('CERTIFICATE', der.sequence(body, ECDSA_WITH_SHA256, der.bitString(sign('sha256', body, draft.signer))));
};

const toIssued = (certificatePem: string, key: KeyObject): Issued => ({
  certificatePem,
  keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  fingerprint: new X509Certificate(certificatePem).fingerprint256,
});

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** A fresh authority, as each Proxmox VE cluster makes its own (PVE wire facts 11, 24). Nothing is kept on disk. */
export function createAuthority(subject: Subject, nowMs: number): Authority {
  const { publicKey, privateKey } = newKeys();
  const extensions = [
    extension('2.5.29.14', false, der.octetString(keyIdOf(publicKey))),
    extension('2.5.29.19', true, der.sequence(der.boolean(true))),
    extension('2.5.29.15', true, der.bitString(Buffer.of(0b0000_0110), 1)), // keyCertSign, cRLSign
  ];
  const fromMs = nowMs - 86_400_000; // a day back: clocks of clients differ
  const text = signCertificate({
    subject,
    issuer: subject,
    publicKey,
    signer: privateKey,
    fromMs,
    years: 10,
    extensions,
  });
  return { ...toIssued(text, privateKey), subject, key: privateKey };
}

/** A server certificate signed by the authority for these DNS names and addresses. */
export function issueCertificate(
  authority: Authority,
  subject: Subject,
  names: readonly string[],
  nowMs: number,
): Issued {
  const { publicKey, privateKey } = newKeys();
  const authorityKeyId = keyIdOf(new X509Certificate(authority.certificatePem).publicKey);
  const extensions = [
    extension('2.5.29.14', false, der.octetString(keyIdOf(publicKey))),
    extension('2.5.29.35', false, der.sequence(der.context(0, false, authorityKeyId))),
    extension('2.5.29.19', true, der.sequence()), // not an authority
    extension('2.5.29.15', true, der.bitString(Buffer.of(0b1000_0000), 7)), // digitalSignature
    extension('2.5.29.37', false, der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'))), // serverAuth
    extension('2.5.29.17', false, der.sequence(...names.map(alternativeName))),
  ];
  const text = signCertificate({
    subject,
    issuer: authority.subject,
    publicKey,
    signer: authority.key,
    fromMs: nowMs - 86_400_000,
    years: 2,
    extensions,
  });
  return toIssued(text, privateKey);
}
