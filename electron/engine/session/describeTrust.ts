import type { Certificate, Cluster } from '../../../shared/model/cluster.ts';
import { describeCertificate } from '../net/trust.ts';
import type { ClusterRecord } from './clusterRecord.ts';
import type { Connection } from './connection.ts';
import { type ClusterFacts, readAuthority } from './knownNodes.ts';

/** The certificate that a connection met, and why it is trusted. */
export function describeMet({ certificate, node }: Connection, record: ClusterRecord): Certificate | undefined {
  if (!certificate) return undefined;
  const isListed = node !== undefined || certificate.fingerprint === record.fingerprint;
  const isAccepted = record.isPinned || record.authorityPem !== undefined;
  return { ...certificate, trust: isAccepted && isListed ? 'accepted' : 'system' };
}

/** The cluster's own authority, where it told of one. */
export function describeAuthority({ caPem, trustsAuthority = false }: ClusterRecord): Cluster['authority'] {
  const known = caPem === undefined ? undefined : readAuthority(caPem);
  if (!known) return undefined;
  const { fingerprint, subject, validToMs } = describeCertificate(known);
  return { fingerprint, subject, validToMs, isTrusted: trustsAuthority };
}

/** What is to be remembered of what a cluster told of itself; undefined where all of it is known. */
export function learned(record: ClusterRecord, { nodes, caPem }: ClusterFacts): Partial<ClusterRecord> | undefined {
  const hasNodes = nodes.length > 0 && JSON.stringify(nodes) !== JSON.stringify(record.nodes ?? []);
  const hasCa = caPem !== undefined && caPem !== record.caPem;
  if (!hasNodes && !hasCa) return undefined;
  return {
    ...(hasNodes && { nodes: [...nodes] }),
    // Another authority is another decision.
    ...(hasCa && { caPem, trustsAuthority: record.caPem === undefined && record.trustsAuthority === true }),
  };
}
