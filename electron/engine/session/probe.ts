import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Certificate, Realm } from '../../../shared/model/cluster.ts';
import type { Product } from '../../../shared/model/product.ts';
import { parseAddress } from '../net/address.ts';
import { probeCertificate } from '../net/connector.ts';
import { Connection, trustOf } from './connection.ts';
import { askRealms } from './realms.ts';

/** What is known of an address before it is asked: the certificate seen last and whether a person accepted it. */
export interface KnownCertificate {
  readonly fingerprint: string | undefined;
  readonly isPinned: boolean;
  /** Named by a person: the system's authorities do not count then. */
  readonly authorityPem?: string | undefined;
  /** The cluster's own authority, where it is known; `isTrusted`: what it signs is trusted. */
  readonly caPem?: string | undefined;
  readonly trustsAuthority?: boolean | undefined;
}

/** Looks at the certificate of an address; sends nothing but the TLS handshake. */
export async function inspectCertificate(
  address: string,
  known: KnownCertificate,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Certificate> {
  const target = parseAddress(address);
  const { certificate, verdict } = await probeCertificate({ ...target, trust: {}, clock, signal });
  const isNamed = known.authorityPem !== undefined && (await isSignedBy(known.authorityPem, target, clock, signal));
  const isVouchedFor = verdict.kind === 'trusted';
  const isOfCluster = known.caPem !== undefined && (await isSignedBy(known.caPem, target, clock, signal));
  const beside = isOfCluster ? { isOfCluster } : {};
  const isKnown = known.fingerprint === certificate.fingerprint;
  if (known.isPinned && isKnown) return { ...certificate, trust: 'accepted' };
  if (isOfCluster && known.trustsAuthority) return { ...certificate, ...beside, trust: 'accepted' };
  if (isNamed) return { ...certificate, ...beside, trust: 'accepted' };
  if (isVouchedFor && !known.isPinned && known.authorityPem === undefined) return { ...certificate, trust: 'system' };
  if (known.fingerprint === undefined || isKnown) return { ...certificate, trust: 'unknown' };
  return { ...certificate, ...beside, trust: 'changed', acceptedFingerprint: known.fingerprint };
}

async function isSignedBy(
  caPem: string,
  target: { host: string; port: number },
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const trust = { caPem, isSystemTrusted: false };
  const { verdict } = await probeCertificate({ ...target, trust, clock, signal });
  return verdict.kind === 'trusted';
}

/**
 * Asks an address who it is: which product, certificate and realms. The realms are asked for over a connection bound to the very
 * certificate that is shown; no secret is sent. `not-proxmox` where something else answers.
 */
export async function probe(
  address: string,
  known: KnownCertificate,
  clock: Clock,
  signal?: AbortSignal,
  onSeen?: (certificate: Certificate) => void,
): Promise<{ product: Product; certificate: Certificate; realms: Realm[] }> {
  const certificate = await inspectCertificate(address, known, clock, signal);
  onSeen?.(certificate);
  const connection = new Connection({ address, trust: trustOf(certificate.fingerprint), clock });
  try {
    return { certificate, ...(await askRealms(connection.api, address, signal)) };
  } catch (error) {
    throw notProxmox(error, address);
  } finally {
    connection.dispose();
  }
}

/** A web server answers too; what it says to a question only a Proxmox server knows tells them apart. */
function notProxmox(error: unknown, address: string): AppError {
  const known = AppError.from(error);
  const tells = [
    'protocol',
    'session-expired',
    'forbidden',
    'not-found',
    'unsupported',
    'invalid',
    'not-proxmox',
    'server',
  ];
  if (!tells.includes(known.code)) return known;
  return new AppError(
    'not-proxmox',
    `Something other than a Proxmox server answers at ${address}. Check the address and the port; Proxmox VE listens on 8006, Backup Server on 8007, Datacenter Manager on 8443.`,
    { cause: known },
  );
}
