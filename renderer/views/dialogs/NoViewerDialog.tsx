import { useEffect, useState } from 'react';

import type { ViewerProtocol } from '../../../shared/model/viewer.ts';
import { call } from '../../api/engine.ts';
import { useInventory } from '../../state/inventory.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { openInViewer } from '../viewerActions.ts';
import styles from './NoViewerDialog.module.css';
import { type InstallAdvice, installAdvice, viewerWords } from './viewerAdvice.ts';

/** Where no viewer is installed: which to install on this system, and how. */
export default function NoViewerDialog(props: { protocol: ViewerProtocol; guestKey: string; onClose: () => void }) {
  const { protocol, guestKey, onClose } = props;
  const guest = useInventory(({ guests }) => guests.get(guestKey));
  const [platform, setPlatform] = useState<string | undefined>(undefined);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    call('viewer.list', {}).then(
      (list) => setPlatform(list.platform),
      (error: unknown) => notifyFailure('The viewers of this machine are not known.', error),
    );
  }, []);

  const lookAgain = async () => {
    const { viewers } = await call('viewer.list', {});
    const isThere = viewers.some((viewer) => viewer.opens.includes(protocol));
    setMissing(!isThere);
    if (!isThere || !guest) return;
    onClose();
    await openInViewer(guest, protocol);
  };
  const handleLook = () => {
    lookAgain().catch((error: unknown) => notifyFailure('The viewers of this machine are not known.', error));
  };
  const footer = (
    <>
      <span className="grow mid" role="status">
        {isMissing ? 'None was found yet.' : ''}
      </span>
      <Button onClick={onClose}>Close</Button>
      <Button kind="primary" onClick={handleLook}>
        Look again
      </Button>
    </>
  );
  const word = viewerWords[protocol];
  return (
    <Dialog
      title={`No ${word} viewer was found`}
      help={`${guest?.name ?? 'The guest'} opens in a program of its own, which this machine does not have yet. In Sluice its console works without.`}
      onClose={onClose}
      footer={footer}
      widthPx={520}
    >
      <ul className={styles.list}>
        {(platform === undefined ? [] : installAdvice(protocol, platform)).map((advice) => (
          <Advice key={advice.name} advice={advice} />
        ))}
      </ul>
    </Dialog>
  );
}

function Advice({ advice: { name, about, steps } }: { advice: InstallAdvice }) {
  return (
    <li>
      <h3>{name}</h3>
      <p className="mid">{about}</p>
      {steps.map(([where, how]) => (
        <p key={where} className={styles.step}>
          <span>{where}</span>
          <code>{how}</code>
        </p>
      ))}
    </li>
  );
}
