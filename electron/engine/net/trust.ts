import { type X509Certificate, createHash } from 'node:crypto';
import tls from 'node:tls';

import { AppError } from '../../../shared/base/errors.ts';

/**
 * Whom a server's certificate may be vouched for by. Any one is enough; with none of them no certificate is accepted.
 * Without `isSystemTrusted` set to false the CAs of the system and of Node count too.
 */
export interface Trust {
  /** SHA-256 of accepted leaf certificates. Not bound to a name: the person looked at it. */
  readonly fingerprints?: readonly string[];
  /** A CA given by the server's owner or by a ticket, PEM. */
  readonly caPem?: string;
  readonly isSystemTrusted?: boolean;
  /**
   * Takes the place of the check of the host name: the subject must be this, RDNs joined by commas in certificate
   * order, as SPICE tickets give it (PVE wire facts 5.3).
   */
  readonly subject?: string;
}

export interface CertificateInfo {
  /** SHA-256 of the leaf, upper-case hex in pairs joined by colons. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validFromMs: number;
  readonly validToMs: number;
}

export type Verdict =
  | { readonly kind: 'trusted'; readonly by: 'fingerprint' | 'ca' }
  | { readonly kind: 'refused'; readonly error: AppError };

/** What the TLS library found out in the handshake. `problem` is empty where chain and name are right. */
export interface Finding {
  readonly certificate: X509Certificate;
  readonly problem: string;
}

/** The one spelling of a fingerprint. `undefined` where the text is none. */
export function normalizeFingerprint(text: string): string | undefined {
  const hex = text.replace(/^sha-?256[:=\s]*/i, '').replace(/[:\s]/g, '');
  if (!/^[0-9A-Fa-f]{64}$/.test(hex)) return undefined;
  return hex.toUpperCase().replace(/..(?!$)/g, '$&:');
}

export function fingerprintOf(certificate: X509Certificate): string {
  const hex = createHash('sha256').update(certificate.raw).digest('hex').toUpperCase();
  return hex.replace(/..(?!$)/g, '$&:');
}

export function describeCertificate(certificate: X509Certificate): CertificateInfo {
  return {
    fingerprint: fingerprintOf(certificate),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
  };
}

/** Decides about a certificate. There is no way to have it say yes without one of the reasons in `trust`. */
export function judge(finding: Finding, trust: Trust, place: string): Verdict {
  const fingerprint = fingerprintOf(finding.certificate);
  const accepted = (trust.fingerprints ?? []).map((text) => normalizeFingerprint(text));
  if (accepted.includes(fingerprint)) return { kind: 'trusted', by: 'fingerprint' };
  const hasCa = trust.caPem !== undefined || trust.isSystemTrusted !== false;
  if (hasCa && finding.problem === '') return { kind: 'trusted', by: 'ca' };
  return { kind: 'refused', error: refusal(finding, fingerprint, accepted[0], place) };
}

function refusal(finding: Finding, fingerprint: string, accepted: string | undefined, place: string): AppError {
  const { subject, issuer } = describeCertificate(finding.certificate);
  const detail = { fingerprint, subject, issuer, problem: finding.problem };
  if (accepted !== undefined) {
    const message =
      `${place} showed another certificate than the one accepted before. ` +
      'Compare the new fingerprint with the server before accepting it.';
    return new AppError('certificate-changed', message, { detail: { ...detail, acceptedFingerprint: accepted } });
  }
  const message =
    `Nobody this machine trusts vouches for the certificate of ${place}. ` +
    'Compare the fingerprint with the server, then accept it.';
  return new AppError('certificate-unknown', message, { detail });
}

/** RDNs joined by commas, in the order of the certificate. */
export function subjectText(certificate: X509Certificate): string {
  return certificate.subject.split('\n').join(',');
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

const contexts = new Map<string, tls.SecureContext>();
const MAX_CONTEXTS = 32; // of some 300 KiB each with the system's CAs in it

/** The CAs a handshake is checked against. Making one with all of the system's costs some 20 ms: kept. */
export function secureContextFor(trust: Trust): tls.SecureContext {
  const key = `${trust.isSystemTrusted !== false ? 'system' : ''}\n${trust.caPem ?? ''}`;
  const known = contexts.get(key);
  if (known) return known;
  const context = tls.createSecureContext({ ca: authorities(trust), minVersion: 'TLSv1.2' });
  if (contexts.size >= MAX_CONTEXTS) contexts.clear();
  contexts.set(key, context);
  return context;
}

function authorities(trust: Trust): string[] {
  const given = trust.caPem === undefined ? [] : [trust.caPem];
  if (trust.isSystemTrusted === false) return given;
  return [...new Set([...tls.rootCertificates, ...systemAuthorities()]), ...given];
}

/** Node 22.15 and later can read the system's own store; older ones know Mozilla's list only. */
function systemAuthorities(): readonly string[] {
  const read = (tls as { getCACertificates?: (kind: 'system') => string[] }).getCACertificates;
  return read ? read('system') : [];
}
