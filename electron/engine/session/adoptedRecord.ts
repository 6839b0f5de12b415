import type { ClusterRecord } from './clusterRecord.ts';
import type { Connection } from './connection.ts';
import type { SignIn } from './loginSteps.ts';

/** What is to be remembered of a cluster that was just signed in to over this connection. */
export function adoptedRecord(record: ClusterRecord, connection: Connection, signIn: SignIn): ClusterRecord {
  const { product, trust, authorityPem, certificate, node } = connection;
  const isAnother = product !== undefined && product !== (record.product ?? 'pve');
  return {
    ...(isAnother ? ofAnother(record) : record),
    user: signIn.user,
    ...(product && { product }),
    ...('ticket' in signIn && signIn.clusterName !== undefined && { name: signIn.clusterName }),
    ...(!node && {
      isPinned: trust.fingerprints !== undefined,
      ...(authorityPem !== undefined && { authorityPem }),
      ...(certificate && { fingerprint: certificate.fingerprint }),
    }),
  };
}

/** What stays when another product answers at the address: nodes and authority were of the one before. */
function ofAnother(record: ClusterRecord): ClusterRecord {
  const { nodes: _nodes, caPem: _caPem, trustsAuthority: _trusts, ...rest } = record;
  return rest;
}
