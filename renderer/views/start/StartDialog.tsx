import { type ReactNode, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Failure } from './StartParts.tsx';
import styles from './start.module.css';

interface StartProps {
  readonly title: string;
  readonly help: string;
  /** What will happen; nothing while something is missing for it. */
  readonly summary: ReactNode;
  /** The second page came or went. */
  readonly onPage?: (isSummary: boolean) => void;
  readonly startLabel: string;
  /** False while the summary is still being asked for. */
  readonly canStart?: boolean;
  /** Rejects where it did not start: the dialog stays and says why. */
  readonly onStart: () => Promise<void>;
  readonly onClose: () => void;
  /** The fields. */
  readonly children: ReactNode;
}

/** Two pages: what has to be chosen, then what will happen, and the start. */
export function StartDialog(props: StartProps) {
  const { title, help, summary, onPage, startLabel, canStart = true, onStart, onClose, children } = props;
  const [wantsSummary, setSummary] = useState(false);
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  const [isStarting, setStarting] = useState(false);
  const isSummary = wantsSummary && Boolean(summary);
  const turn = (toSummary: boolean) => {
    setSummary(toSummary);
    onPage?.(toSummary);
  };
  const start = async () => {
    setStarting(true);
    setFailure(undefined);
    try {
      await onStart();
    } catch (error) {
      setFailure(AppError.from(error));
      setStarting(false);
    }
  };
  const footer = (
    <>
      {isSummary && <Button onClick={() => turn(false)}>Back</Button>}
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      {isSummary ? (
        <Button kind="primary" disabled={isStarting || !canStart} onClick={() => void start()}>
          {startLabel}
        </Button>
      ) : (
        <Button kind="primary" disabled={!summary} onClick={() => turn(true)}>
          Review
        </Button>
      )}
    </>
  );
  return (
    <Dialog title={title} help={isSummary ? 'This will happen.' : help} onClose={onClose} footer={footer}>
      {isSummary ? (
        <>
          {summary}
          <Failure error={failure} />
        </>
      ) : (
        <div className={styles.form}>{children}</div>
      )}
    </Dialog>
  );
}
