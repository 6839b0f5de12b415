import { memo, type MouseEvent } from 'react';

import type { BackupRow } from '../../state/backupRows.ts';
import { backupKey } from '../../state/backupRows.ts';
import { expand, setBackups, useBackups } from '../../state/backups.ts';
import { formatBytes } from '../../state/format.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { activateBackup } from './backupActions.ts';
import { backupLook, marksOf, rowLabel } from './backupWords.ts';
import styles from './backups.module.css';

interface RowProps {
  readonly row: BackupRow;
  readonly id: string;
  readonly index: number;
  readonly topPx: number;
  readonly isSelected: boolean;
  readonly onMenu: (event: MouseEvent, key: string) => void;
}

const STEP_PX = 16; // a level

const sameRow = (a: RowProps, b: RowProps) =>
  a.topPx === b.topPx &&
  a.index === b.index &&
  a.isSelected === b.isSelected &&
  (Object.keys(a.row) as (keyof BackupRow)[]).every((field) => a.row[field] === b.row[field]);

export const BackupRowView = memo(function BackupRowView(props: RowProps) {
  return props.row.note ? <NoteRow {...props} /> : <NodeRow {...props} />;
}, sameRow);

const indentOf = ({ level }: BackupRow) => ({ paddingLeft: 10 + (level - 1) * STEP_PX });

function NodeRow({ row, id, index, topPx, isSelected, onMenu }: RowProps) {
  const { node, isExpanded } = row;
  const look = backupLook(node);
  const isAsking = useBackups(({ below }) => below.get(row.key)?.isAsking === true);
  const label = rowLabel(node);
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 1}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.setSize}
      aria-expanded={isExpanded}
      aria-selected={isSelected}
      aria-label={label}
      className={`${styles.row} ${isSelected ? styles.current : ''}`}
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={() => setBackups({ selected: row.key })}
      onDoubleClick={() => activateBackup(node, isExpanded)}
      onContextMenu={(event) => onMenu(event, row.key)}
    >
      <span role="gridcell" className={styles.name} style={indentOf(row)} title={look.name}>
        <span
          className={styles.twist}
          onClick={() => isExpanded !== undefined && expand(node, !isExpanded)}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          {isExpanded !== undefined && <Icon name={isExpanded ? 'down' : 'right'} size={12} />}
        </span>
        <Icon name={isAsking ? 'ring' : look.icon} size={14} className={styles.type ?? ''} spin={isAsking} />
        <span className="cut">{look.name}</span>
      </span>
      <span role="gridcell" className={`${styles.about} cut`} title={look.about}>
        {look.about}
      </span>
      <span role="gridcell" className={styles.size}>
        {look.sizeBytes === undefined ? '' : formatBytes(look.sizeBytes)}
      </span>
      <span role="gridcell" className={`${styles.owner} cut`} title={look.owner}>
        {look.owner ?? ''}
      </span>
      <span role="gridcell" className={styles.marks}>
        {marksOf(node).map(({ word, icon, color }) => (
          <span key={word} className={color} title={word}>
            <Icon name={icon} size={12} />
            <span className={styles.markWord}>{word}</span>
          </span>
        ))}
      </span>
    </div>
  );
}

const emptyWords: Partial<Record<BackupRow['node']['kind'], string>> = {
  server: 'No datastore that this sign-in may see. Ask whoever runs the server for Datastore.Audit or Datastore.Read.',
  store: 'No backups here yet.',
  namespace: 'No backups in this namespace yet.',
};

/** In the place of what is below: that it is asked for, that there is nothing, or why it could not be read. */
function NoteRow({ row, id, index, topPx, isSelected }: RowProps) {
  const error = useBackups(({ below }) => below.get(backupKey(row.node))?.error);
  const text =
    row.note === 'asking'
      ? 'Asking the server…'
      : row.note === 'failed'
        ? (error?.message ?? 'It could not be read.')
        : (emptyWords[row.node.kind] ?? 'Nothing is in here.');
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 1}
      aria-level={row.level}
      aria-selected={isSelected}
      className={`${styles.row} ${styles.note} ${isSelected ? styles.current : ''}`}
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={() => setBackups({ selected: row.key })}
    >
      <span role="gridcell" className={styles.noteText} style={indentOf(row)}>
        <span className={styles.twist} />
        {row.note === 'asking' && <Icon name="ring" size={14} spin />}
        {row.note === 'failed' && <Icon name="alert" size={14} className="warn" />}
        <span className="cut" title={text}>
          {text}
        </span>
        {row.note === 'failed' && (
          <Button isSmall tabIndex={-1} onClick={() => expand(row.node, true)}>
            Try again
          </Button>
        )}
      </span>
    </div>
  );
}
