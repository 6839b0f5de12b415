import type { Transfer } from '../../../shared/model/transfer.ts';
import { formatBytes, formatDuration, formatPart, formatRange, formatRate, formatWhen } from '../../state/format.ts';
import { describeTransfer, transferLook } from '../../state/transferWords.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { BridgeFacts } from './BridgeFacts.tsx';
import { LogPane } from './LogPane.tsx';
import { transferItems } from './transferActions.ts';
import { useTaskLog } from './useTaskLog.ts';
import styles from './tasks.module.css';

export function TransferDetails({ transfer, onClose }: { transfer: Transfer; onClose: () => void }) {
  const { title, place } = describeTransfer(transfer);
  const look = transferLook(transfer);
  const fraction = transfer.totalBytes ? Math.min(1, transfer.doneBytes / transfer.totalBytes) : undefined;
  const log = useTaskLog(transfer.clusterId, transfer.upid);
  return (
    <aside className={styles.details} aria-label={`Details of ${title}`} data-find="">
      <div className={styles.head}>
        <h2 className="cut" title={place}>
          {title}
        </h2>
        <span className={`${styles.pill} ${look.color}`}>
          <Icon name={look.icon} size={12} />
          {look.word}
        </span>
        <span className="grow" />
        <IconButton icon="close" label="Close the details" onClick={onClose} />
      </div>
      <p className="mid">{place}</p>
      <div className={styles.facts}>
        {facts(transfer).map(([value, name]) => (
          <div key={name}>
            <b>{value}</b>
            {name}
          </div>
        ))}
      </div>
      <Bar fraction={fraction} label={`Progress of ${title}`} color={transfer.state === 'done' ? 'ok' : 'info'} />
      {transfer.restartReason && (
        <p className="mid">
          {transfer.kind === 'restore' ? 'Connected' : 'Started'} again{' '}
          {transfer.restarts === 1 ? 'once' : `${transfer.restarts} times`}: {transfer.restartReason}
        </p>
      )}
      {transfer.error && <p className="bad">{transfer.error.message}</p>}
      {transfer.checksum && (
        <p className={styles.sum}>
          {transfer.checksum.algorithm.toUpperCase()} <code>{transfer.checksum.value}</code>
        </p>
      )}
      {transfer.migration?.bridge && <BridgeFacts bridge={transfer.migration.bridge} />}
      {log ? <LogPane log={log} fileName={transfer.name} /> : <span className="grow" />}
      <div className={styles.actions}>
        <span className="grow" />
        {transferItems(transfer).map(({ label, run }) => (
          <Button key={label} isSmall onClick={run}>
            {label}
          </Button>
        ))}
      </div>
    </aside>
  );
}

function facts(transfer: Transfer): [value: string, name: string][] {
  const { doneBytes, totalBytes, bytesPerSecond, etaSeconds, startedAtMs, endedAtMs } = transfer;
  const found: [string, string][] = [];
  if (bytesPerSecond !== undefined && endedAtMs === undefined) found.push([formatRate(bytesPerSecond), 'rate']);
  found.push([totalBytes ? formatPart(doneBytes, totalBytes) : formatBytes(doneBytes), 'done']);
  if (etaSeconds !== undefined) found.push([formatRange([etaSeconds * 0.9, etaSeconds * 1.1]), 'left']);
  if (startedAtMs !== undefined) found.push([formatWhen(startedAtMs), 'started']);
  if (startedAtMs !== undefined && endedAtMs !== undefined) {
    found.push([formatDuration(Math.max(0, endedAtMs - startedAtMs)), 'took']);
  }
  return found;
}
