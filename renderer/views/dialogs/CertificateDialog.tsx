import { useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { call } from '../../api/engine.ts';
import { useCluster } from '../../state/clusters.ts';
import { openDialog } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Changed } from '../signIn/CertificateCard.tsx';

/** The accepted certificate beside the one shown now. There is no way to go on without comparing. */
export default function CertificateDialog({ clusterId, onClose }: { clusterId: string; onClose: () => void }) {
  const cluster = useCluster(clusterId);
  const [isTrusted, setTrusted] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const certificate = cluster?.certificate;
  if (!cluster || !certificate?.acceptedFingerprint) return null;
  const { acceptedFingerprint: oldFingerprint, fingerprint: newFingerprint } = certificate;
  const accept = async () => {
    try {
      await call('cluster.acceptCertificate', { clusterId, oldFingerprint, newFingerprint });
      onClose();
      if (cluster.state === 'signed-out')
        openDialog({ kind: 'sign-in', address: cluster.address, ...(cluster.user && { user: cluster.user }) });
    } catch (caught) {
      setError(AppError.from(caught).message);
    }
  };
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Stay disconnected</Button>
      <Button kind="primary" disabled={!isTrusted} onClick={() => void accept()}>
        Trust the new certificate
      </Button>
    </>
  );
  return (
    <Dialog
      title={`The certificate of ${cluster.name} changed`}
      help={`${certificate.shownAt ?? cluster.address}. Sluice sent nothing since it noticed.`}
      onClose={onClose}
      footer={footer}
      widthPx={600}
    >
      <Changed product={cluster.product} certificate={certificate} isTrusted={isTrusted} onTrust={setTrusted} />
      {error && (
        <p className="bad" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
