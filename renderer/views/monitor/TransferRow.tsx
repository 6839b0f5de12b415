import { memo, type ReactNode } from 'react';

import type { Transfer } from '../../../shared/model/transfer.ts';
import {
  formatBytes,
  formatDuration,
  formatPart,
  formatPercent,
  formatRate,
  formatRange,
  formatWhen,
} from '../../state/format.ts';
import { useInventory } from '../../state/inventory.ts';
import { useMigrations } from '../../state/migrations.ts';
import { queuedIdOf, transferIdOf } from '../../state/monitorItems.ts';
import { describeQueued, describeTransfer, transferLook } from '../../state/transferWords.ts';
import { isOver, useTransfer, useTransfers } from '../../state/transfers.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import type { IconName } from '../../widgets/iconShapes.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { Spark } from '../../widgets/Spark.tsx';
import { RowFrame, type RowProps } from './RowFrame.tsx';
import { askAnswer, retryTransfer } from './transferActions.ts';
import styles from './tasks.module.css';

/** A transfer of this machine. */
export const TransferRow = memo(function TransferRow(props: RowProps) {
  const transfer = useTransfer(transferIdOf(props.rowKey));
  useInventory(({ shape }) => (transfer?.kind === 'remote-migration' ? shape : 0));
  if (!transfer) return null;
  const { title, place } = describeTransfer(transfer);
  const look = transferLook(transfer);
  return (
    <RowFrame {...props} label={`${title}, ${look.word.toLowerCase()}`}>
      <Head look={look} title={title} place={`${place}, through this computer`} />
      {isOver(transfer) || transfer.state === 'asking' ? <Said transfer={transfer} /> : <Moving transfer={transfer} />}
    </RowFrame>
  );
});

function Head(props: { look: { icon: IconName; color: string; word: string }; title: string; place: string }) {
  const { look, title, place } = props;
  return (
    <>
      <span role="gridcell" className={look.color} title={look.word}>
        <Icon name={look.icon} />
        <span className="sr">{look.word}</span>
      </span>
      <div role="gridcell" className="cut">
        <div className={`${styles.title} cut`}>{title}</div>
        <div className={`${styles.place} cut`} title={place}>
          {place}
        </div>
      </div>
    </>
  );
}

function Moving({ transfer }: { transfer: Transfer }) {
  const rates = useTransfers((state) => state.rates.get(transfer.id)) ?? [];
  const { doneBytes, totalBytes, bytesPerSecond, etaSeconds, state } = transfer;
  const fraction = totalBytes ? Math.min(1, doneBytes / totalBytes) : undefined;
  const isStill = state === 'queued' || state === 'paused';
  const word = transfer.phase ?? transferLook(transfer).word;
  return (
    <>
      <div role="gridcell" className={styles.progress}>
        <div>
          <span className="cut">
            {state === 'running' ? <span className={styles.phase}>{word}, </span> : `${word} `}
            {state !== 'queued' && (totalBytes ? formatPart(doneBytes, totalBytes) : formatBytes(doneBytes))}
          </span>
          <span className="mid">{fraction === undefined || state === 'queued' ? '' : formatPercent(fraction)}</span>
        </div>
        <Bar
          fraction={isStill ? (fraction ?? 0) : fraction}
          color={state === 'paused' ? 'warn' : 'info'}
          label={`Progress of ${describeTransfer(transfer).title}`}
        />
      </div>
      <span role="gridcell" className={styles.spark}>
        <Spark values={isStill ? [] : rates} color="info" />
      </span>
      <div role="gridcell" className={styles.figure}>
        <b>{bytesPerSecond === undefined || isStill ? ' ' : formatRate(bytesPerSecond)}</b>
        {etaSeconds !== undefined && !isStill ? `${formatRange([etaSeconds * 0.9, etaSeconds * 1.1])} left` : ' '}
      </div>
      <div role="gridcell" className={styles.where}>
        {transfer.migration?.bridge ? `${formatBytes(transfer.migration.bridge.heldBytes)} held` : 'from here'}
      </div>
    </>
  );
}

/** What became of it, or what it asks, with the one action. */
function Said({ transfer }: { transfer: Transfer }) {
  const { state, error } = transfer;
  const look = transferLook(transfer);
  let action: ReactNode = null;
  if (state === 'asking') {
    action = (
      <Button isSmall tabIndex={-1} onClick={() => askAnswer(transfer)}>
        {transfer.lockedKey ? 'Unlock…' : 'Answer…'}
      </Button>
    );
  } else if (transfer.actions.includes('retry')) {
    action = (
      <Button isSmall tabIndex={-1} onClick={() => retryTransfer(transfer)}>
        Try again
      </Button>
    );
  }
  return (
    <div role="gridcell" className={styles.wide}>
      <span title={error?.message}>
        <b className={look.color}>{look.word}</b> {sentence(transfer)}
      </span>
      {action}
    </div>
  );
}

function sentence(transfer: Transfer): string {
  const { state, error, endedAtMs, startedAtMs, verified = [], exists, lockedKey } = transfer;
  if (state === 'asking' && lockedKey) return 'for the password of its key file, which is kept nowhere.';
  if (state === 'asking') return `${exists?.name ?? 'A file of that name'} is there already.`;
  if (error) return error.message;
  if (endedAtMs === undefined) return '';
  const took = startedAtMs === undefined ? '' : ` after ${formatDuration(Math.max(0, endedAtMs - startedAtMs))}`;
  const sure = verified.includes('checksum') ? ', checksum verified' : '';
  return `at ${formatWhen(endedAtMs)}${took}${sure}.`;
}

/** A migration that waits for its turn, or could not be started. */
export const QueuedRow = memo(function QueuedRow(props: RowProps) {
  const id = queuedIdOf(props.rowKey);
  const queued = useMigrations(({ items }) => items.find((one) => one.id === id));
  useInventory(({ shape }) => shape);
  if (!queued) return null;
  const { title, place } = describeQueued(queued);
  const hasFailed = queued.state === 'failed';
  const word = hasFailed ? 'Not started' : queued.state === 'cancelled' ? 'Taken out' : 'Waits for its turn';
  const look = { word, icon: hasFailed ? 'fail' : 'clock', color: hasFailed ? 'bad' : 'dim' } as const;
  return (
    <RowFrame {...props} label={`${title}, ${word.toLowerCase()}`}>
      <Head look={look} title={title} place={place} />
      <div role="gridcell" className={styles.wide}>
        <span>
          <b className={look.color}>{word}</b>
          {queued.error ? `: ${queued.error.message}` : ''}
        </span>
      </div>
    </RowFrame>
  );
});
