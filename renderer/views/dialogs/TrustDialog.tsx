import type { Cluster } from '../../../shared/model/cluster.ts';
import { call } from '../../api/engine.ts';
import { useCluster } from '../../state/clusters.ts';
import { formatDay } from '../../state/format.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Check } from '../../widgets/Field.tsx';
import { Fingerprint } from '../signIn/Fingerprint.tsx';
import { issuerName } from '../signIn/issuerName.ts';
import styles from '../signIn/CertificateCard.module.css';

/** Which certificate a cluster shows, why it is trusted, and what else is. */
export default function TrustDialog({ clusterId, onClose }: { clusterId: string; onClose: () => void }) {
  const cluster = useCluster(clusterId);
  const certificate = cluster?.certificate;
  if (!cluster || !certificate) return null;
  const said =
    cluster.through !== undefined
      ? `The cluster told of this certificate of ${cluster.through} itself. Another one stops everything.`
      : certificate.trust === 'accepted'
        ? 'You accepted this certificate. Another one stops everything until you compared both.'
        : `This computer trusts it: ${issuerName(certificate.issuer)} issued it.`;
  const way = cluster.through ? `${cluster.address}, now through ${cluster.through}` : cluster.address;
  return (
    <Dialog title={`Certificate of ${cluster.name}`} help={way} onClose={onClose} widthPx={560}>
      <section className={styles.card} aria-label="Certificate">
        <p className="mid">{said}</p>
        <Fingerprint value={certificate.fingerprint} label="SHA-256 fingerprint" />
        <p className="dim">Valid to {formatDay(certificate.validToMs)}.</p>
      </section>
      {cluster.authority && <Authority clusterId={clusterId} authority={cluster.authority} />}
    </Dialog>
  );
}

interface AuthorityProps {
  readonly clusterId: string;
  readonly authority: NonNullable<Cluster['authority']>;
}

function Authority({ clusterId, authority }: AuthorityProps) {
  const { fingerprint, isTrusted, subject, validToMs } = authority;
  const change = (isOn: boolean) => {
    call('cluster.trustAuthority', { clusterId, fingerprint, isTrusted: isOn }).catch((error: unknown) =>
      notifyFailure('The choice was not kept.', error),
    );
  };
  return (
    <section className={styles.card} aria-label="The cluster’s own authority">
      <p className="mid">
        The cluster told of its own authority when you signed in: {issuerName(subject)}, valid to {formatDay(validToMs)}
        . It signs the nodes’ certificates and their renewals.
      </p>
      <Fingerprint value={fingerprint} label="SHA-256 fingerprint of the authority" />
      <Check
        label="Trust what this authority signs for the cluster’s addresses, so that renewals need no answer."
        isOn={isTrusted}
        onChange={change}
      />
    </section>
  );
}
