import { useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { call } from '../../api/engine.ts';
import { useTransfer } from '../../state/transfers.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field } from '../../widgets/Field.tsx';
import { Failure } from './StartParts.tsx';
import styles from './start.module.css';

/** The password of the key file that a restore waits for: it is kept nowhere, so a restart asks for it again. */
export default function UnlockDialog({ transferId, onClose }: { transferId: string; onClose: () => void }) {
  const transfer = useTransfer(transferId);
  const [password, setPassword] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  if (!transfer?.lockedKey) return null;
  const { path, hint } = transfer.lockedKey;
  const unlock = async () => {
    setAsking(true);
    try {
      await call('transfer.unlock', { transferId, password });
      onClose();
    } catch (error) {
      setFailure(AppError.from(error));
      setAsking(false);
    }
  };
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Not now</Button>
      <Button kind="primary" disabled={password === '' || isAsking} onClick={() => void unlock()}>
        Unlock the key
      </Button>
    </>
  );
  return (
    <Dialog
      title={`${transfer.name} waits for its key`}
      help="The password of a key file is kept nowhere, so Sluice asks for it again."
      onClose={onClose}
      footer={footer}
      widthPx={480}
    >
      <div className={styles.form}>
        <p className="mid cut" title={path}>
          {path}
        </p>
        <Field
          label="Password of the key file"
          type="password"
          autoComplete="off"
          {...(hint === undefined ? {} : { hint: `Its owner noted: ${hint}` })}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && password !== '' && !isAsking) void unlock();
          }}
        />
        <Failure error={failure} />
      </div>
    </Dialog>
  );
}
