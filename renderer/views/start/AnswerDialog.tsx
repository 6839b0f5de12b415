import { useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { Params } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';
import { formatBytes, formatWhen } from '../../state/format.ts';
import { useTransfer } from '../../state/transfers.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field } from '../../widgets/Field.tsx';
import { Failure } from './StartParts.tsx';
import styles from './start.module.css';

type Choice = Params<'transfer.answer'>['choice'];

/** Of a file that is there already: replace it, give the new one another name, or leave it out. */
export default function AnswerDialog({ transferId, onClose }: { transferId: string; onClose: () => void }) {
  const transfer = useTransfer(transferId);
  const filename = transfer?.upload?.filename ?? transfer?.exists?.name ?? '';
  const [name, setName] = useState(() => otherName(filename));
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  if (!transfer) return null;
  const { exists, clusterId: _clusterId } = transfer;
  const answer = async (choice: Choice) => {
    try {
      await call('transfer.answer', { transferId, choice, ...(choice === 'rename' && { filename: name }) });
      onClose();
    } catch (error) {
      setFailure(AppError.from(error));
    }
  };
  const facts = [
    ...(exists?.sizeBytes === undefined ? [] : [formatBytes(exists.sizeBytes)]),
    ...(exists?.atMs === undefined ? [] : [`of ${formatWhen(exists.atMs)}`]),
  ].join(', ');
  const footer = (
    <>
      <Button onClick={() => void answer('skip')}>Leave it out</Button>
      <span className="grow" />
      <Button kind="danger" onClick={() => void answer('replace')}>
        Replace
      </Button>
      <Button kind="primary" disabled={name === '' || name === filename} onClick={() => void answer('rename')}>
        Use the other name
      </Button>
    </>
  );
  return (
    <Dialog
      title={`${exists?.name ?? filename} is there already`}
      help={facts}
      onClose={onClose}
      footer={footer}
      widthPx={480}
    >
      <div className={styles.form}>
        <p className="mid">
          {transfer.totalBytes === undefined
            ? 'The new one waits'
            : `The new one has ${formatBytes(transfer.totalBytes)} and waits`}{' '}
          for your answer. A file that is replaced can’t be brought back.
        </p>
        <Field label="Another name" value={name} maxLength={255} onChange={(event) => setName(event.target.value)} />
        <Failure error={failure} />
      </div>
    </Dialog>
  );
}

/** `rescue-2.iso` of `rescue.iso`; what stands behind the first dot of a double ending stays. */
export function otherName(filename: string): string {
  const [, stem = filename, ending = ''] = /^(.*?)((?:\.tar)?\.[A-Za-z0-9]+)?$/.exec(filename) ?? [];
  const number = /^(.*)-(\d+)$/.exec(stem);
  return number ? `${number[1]}-${Number(number[2]) + 1}${ending}` : `${stem}-2${ending}`;
}
