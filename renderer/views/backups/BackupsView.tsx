import { useEffect, useMemo, useRef } from 'react';

import { backupRows, type NodeOf } from '../../state/backupRows.ts';
import { expand, readAgain, setBackups, useBackups } from '../../state/backups.ts';
import { useClusters } from '../../state/clusters.ts';
import { useConnection } from '../../state/connection.ts';
import { openDialog } from '../../state/ui.ts';
import { Button, ToolButton } from '../../widgets/Button.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { goToGrid } from '../monitor/goToGrid.ts';
import { openDemoBackups } from './backupActions.ts';
import { BackupDetails } from './BackupDetails.tsx';
import { BackupTable } from './BackupTable.tsx';
import { hasDemo } from '../hasDemo.ts';
import styles from './backups.module.css';

/** What lies on the Backup Servers that are signed in to, and the way to get it back. */
export default function BackupsView() {
  const servers = useServers();
  const { below, expanded, text, selected } = useBackups();
  const rows = useMemo(() => backupRows(servers, { below, expanded, text }), [servers, below, expanded, text]);
  const row = rows.find(({ key }) => key === selected);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const element = field.current?.closest('[data-find]');
    const find = () => field.current?.select();
    element?.addEventListener('sluice-find', find);
    return () => element?.removeEventListener('sluice-find', find);
  }, []);
  // One server needs no click to be looked at.
  useEffect(() => {
    const [only, ...others] = servers;
    if (only && others.length === 0 && !useBackups.getState().below.has(only.clusterId)) expand(only, true);
  }, [servers]);
  const hasDetails = row !== undefined && row.note === undefined && 'snapshot' in row.node;
  return (
    <div className={styles.view} data-find="">
      <div className={styles.bar} role="toolbar" aria-label="Backups">
        <div className={styles.search}>
          <SearchField
            inputRef={field}
            label="Search in what is open"
            placeholder="Guest, comment, owner, encrypted"
            value={text}
            onChange={(next) => setBackups({ text: next })}
            onKey={goToGrid}
          />
        </div>
        <ToolButton icon="again" disabled={servers.length === 0} onClick={() => readAgain(servers)}>
          Read again
        </ToolButton>
        <span className="grow" />
      </div>
      {rows.length === 0 ? (
        <Empty hasServers={servers.length > 0} />
      ) : (
        <div className={`${styles.split} ${hasDetails ? styles.hasDetails : ''}`}>
          <div className={styles.list}>
            <BackupTable rows={rows} selected={selected} />
          </div>
          {hasDetails && 'snapshot' in row.node && <BackupDetails key={row.key} node={row.node} />}
        </div>
      )}
    </div>
  );
}

function useServers(): readonly NodeOf<'server'>[] {
  const list = useClusters((clusters) => clusters.list);
  return useMemo(
    () =>
      list
        .filter(({ product, state }) => product === 'pbs' && (state === 'signed-in' || state === 'unreachable'))
        .map(({ id }) => ({ kind: 'server' as const, clusterId: id })),
    [list],
  );
}

function Empty({ hasServers }: { hasServers: boolean }) {
  const isDemoThere = useConnection(hasDemo);
  if (hasServers) {
    return (
      <div className={styles.blank}>
        <p>Nothing that is open is like that.</p>
        <Button isSmall onClick={() => setBackups({ text: '' })}>
          Show all
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.blank}>
      <p>The backups of a Proxmox Backup Server appear here once you are signed in to it.</p>
      <div className={styles.choices}>
        <Button onClick={() => openDialog({ kind: 'sign-in' })}>Add a Backup Server…</Button>
        {isDemoThere && <Button onClick={() => void openDemoBackups()}>Try the demo Backup Server</Button>}
      </div>
    </div>
  );
}
