import { useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { call } from '../../api/engine.ts';
import { useMigrations } from '../../state/migrations.ts';
import { useTransfers } from '../../state/transfers.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field } from '../../widgets/Field.tsx';
import { Select } from '../../widgets/Select.tsx';
import { limitError, limitKib } from './rateLimit.ts';
import { Failure } from './StartParts.tsx';
import styles from './start.module.css';

const upTo = (most: number) =>
  Array.from({ length: most }, (_, at) => ({ value: String(at + 1), label: String(at + 1) }));

/** How much goes on at once, and how fast transfers of this machine may be. */
export default function LimitsDialog({ onClose }: { onClose: () => void }) {
  const { limits } = useTransfers.getState();
  const [parallel, setParallel] = useState(String(limits.parallel));
  const [rate, setRate] = useState(limits.bytesPerSecond > 0 ? String(limits.bytesPerSecond / 2 ** 20) : '');
  const [queue, setQueue] = useState(String(useMigrations.getState().limit));
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  const save = async () => {
    const bytesPerSecond = (limitKib(rate) ?? 0) * 1024;
    try {
      await call('transfer.limit', { limits: { parallel: Number(parallel), bytesPerSecond } });
      await call('migrations.setLimit', { limit: Number(queue) });
      onClose();
    } catch (error) {
      setFailure(AppError.from(error));
    }
  };
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={limitError(rate) !== undefined} onClick={() => void save()}>
        Set the limits
      </Button>
    </>
  );
  return (
    <Dialog
      title="Limits"
      help="They count from now on, also for what runs."
      onClose={onClose}
      footer={footer}
      widthPx={440}
    >
      <div className={styles.form}>
        <Select label="Uploads and downloads at once" choices={upTo(8)} value={parallel} onChange={setParallel} />
        <Field
          label="Together no more than, in MiB/s"
          inputMode="decimal"
          placeholder="no limit"
          value={rate}
          onChange={(event) => setRate(event.target.value)}
          error={limitError(rate)}
        />
        <Select label="Queued migrations at once in a cluster" choices={upTo(16)} value={queue} onChange={setQueue} />
        <Failure error={failure} />
      </div>
    </Dialog>
  );
}
