import { archiveKind, snapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import type { BackupSnapshot } from '../../../shared/model/backup.ts';
import type { BackupNode } from '../../state/backupRows.ts';
import { archivesOf, refOf, setBackups } from '../../state/backups.ts';
import { clusterById } from '../../state/clusters.ts';
import { formatBytes } from '../../state/format.ts';
import { usePrivileges } from '../../state/privileges.ts';
import { openDialog } from '../../state/ui.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { copy } from '../copy.ts';
import { takeItems, whyNoRead } from './backupActions.ts';
import { backupLook, fileWords, marksOf, typeNames, whenOf } from './backupWords.ts';
import styles from './backups.module.css';

type Readable = Extract<BackupNode, { snapshot: BackupSnapshot }>;

/** What is known of a backup, and what can be taken out of it. */
export function BackupDetails({ node }: { node: Readable }) {
  const { clusterId, snapshot } = node;
  usePrivileges(({ trees }) => trees.get(clusterId));
  const lacks = whyNoRead(clusterId, snapshot);
  const look = backupLook(node);
  const title = node.kind === 'snapshot' ? `${snapshot.type}/${snapshot.id}` : look.name;
  return (
    <aside className={styles.details} aria-label={`Details of ${title}`}>
      <div className={styles.head}>
        <h2 className="cut" title={title}>
          {title}
        </h2>
        <span className="grow" />
        <IconButton icon="close" label="Close the details" onClick={() => setBackups({ selected: undefined })} />
      </div>
      <dl className={styles.facts}>
        {factsOf(node).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.pills}>
        {[...marksOf({ kind: 'snapshot', clusterId, snapshot })].map(({ word, icon, color }) => (
          <span key={word} className={color}>
            <Icon name={icon} size={12} />
            {word}
          </span>
        ))}
      </p>
      {snapshot.keyFingerprint !== undefined && (
        <p className={styles.sum}>
          Key <code>{snapshot.keyFingerprint}</code>
        </p>
      )}
      {node.kind === 'snapshot' && <Archives node={node} lacks={lacks} />}
      <span className="grow" />
      {lacks !== undefined && <p className="warn">Taking something out of it {lacks}.</p>}
      <div className={styles.actions}>
        <Button
          isSmall
          onClick={() => void copy(snapshotName(snapshot.type, snapshot.id, snapshot.timeS), 'name of the backup')}
        >
          Copy its name
        </Button>
        <span className="grow" />
        {node.kind !== 'snapshot' &&
          takeItems(node).map(({ label, run, offBecause }, at) => (
            <Button
              key={label}
              isSmall
              kind={at === 0 ? 'primary' : 'plain'}
              disabled={offBecause !== undefined}
              title={offBecause}
              onClick={run}
            >
              {label}
            </Button>
          ))}
      </div>
    </aside>
  );
}

function Archives({ node, lacks }: { node: Extract<BackupNode, { kind: 'snapshot' }>; lacks: string | undefined }) {
  const { clusterId, snapshot } = node;
  return (
    <ul className={styles.archives} aria-label="Archives">
      {archivesOf(snapshot).map(({ name, sizeBytes }) => (
        <li key={name}>
          <span className="grow">
            <span className="cut" title={name}>
              {name}
            </span>
            <span className="dim">
              {fileWords[archiveKind(name)]}
              {sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`}
            </span>
          </span>
          <Button
            isSmall
            aria-label={`Restore ${name}`}
            disabled={lacks !== undefined}
            title={lacks}
            onClick={() => openDialog({ kind: 'restore', clusterId, snapshot, archive: name })}
          >
            Restore…
          </Button>
        </li>
      ))}
    </ul>
  );
}

function factsOf({ kind, clusterId, snapshot, ...rest }: Readable): [name: string, value: string][] {
  const { datastore, namespace, type, id, timeS } = refOf(snapshot);
  const found: [string, string][] = [
    ['Of', `${typeNames[type].toLowerCase()} ${id}`],
    ['Made', whenOf(timeS)],
    ['On', `${clusterById(clusterId)?.name ?? ''}: ${datastore}${namespace === '' ? '' : `, ${namespace}`}`],
  ];
  const sizeBytes =
    kind === 'file' && 'file' in rest
      ? rest.file.sizeBytes
      : kind === 'entry' && 'entry' in rest
        ? rest.entry.sizeBytes
        : snapshot.sizeBytes;
  if (sizeBytes !== undefined) found.push(['Size', formatBytes(sizeBytes)]);
  if (snapshot.owner !== undefined) found.push(['Owner', snapshot.owner]);
  if (snapshot.comment !== undefined && snapshot.comment !== '') found.push(['Comment', snapshot.comment]);
  return found;
}
