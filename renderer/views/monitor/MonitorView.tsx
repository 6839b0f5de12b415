import { useEffect, useMemo, useRef } from 'react';

import { monitorRows, setMonitor, useMonitor } from '../../state/monitor.ts';
import { useClusters } from '../../state/clusters.ts';
import { useInventory } from '../../state/inventory.ts';
import { useMigrations } from '../../state/migrations.ts';
import { monitorItems, transferIdOf } from '../../state/monitorItems.ts';
import { useTask, useTasks } from '../../state/tasks.ts';
import { useTransfer, useTransfers } from '../../state/transfers.ts';
import { Button } from '../../widgets/Button.tsx';
import { focusDetails } from './focusDetails.ts';
import { HistoryView } from './HistoryView.tsx';
import { MonitorBar } from './MonitorBar.tsx';
import { TaskDetails } from './TaskDetails.tsx';
import { TransferDetails } from './TransferDetails.tsx';
import { TaskTable } from './TaskTable.tsx';
import styles from './tasks.module.css';

/** Every long job of every cluster: what runs, what ended, and what needs someone; and what was before. */
export default function MonitorView() {
  const view = useMonitor((monitor) => monitor.view);
  return (
    <div className={styles.monitor} data-find="">
      {view === 'now' ? <NowView /> : <HistoryView />}
    </div>
  );
}

function NowView() {
  const selected = useMonitor((monitor) => monitor.selected);
  const task = useTask(selected);
  const transfer = useTransfer(transferIdOf(selected ?? ''));
  const { keys, counts } = useRows();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const element = field.current?.closest('[data-find]');
    const find = () => field.current?.select();
    element?.addEventListener('sluice-find', find);
    return () => element?.removeEventListener('sluice-find', find);
  }, []);
  return (
    <>
      <MonitorBar counts={counts} field={field} />
      <div className={`${styles.split} ${task || transfer ? styles.hasDetails : ''}`}>
        <div className={styles.list}>
          <TaskTable
            keys={keys}
            label="All tasks"
            selected={selected}
            onSelect={select}
            onOpen={open}
            empty={<Empty />}
          />
        </div>
        {transfer && <TransferDetails key={selected} transfer={transfer} onClose={() => select(undefined)} />}
        {task && <TaskDetails key={selected} task={task} onClose={() => select(undefined)} />}
      </div>
    </>
  );
}

const select = (key: string | undefined) => setMonitor({ selected: key });
const open = (key: string) => {
  select(key);
  focusDetails();
};

/** The list is made anew when tasks come, go or end, or the names in it change; not with every step of a bar. */
function useRows() {
  const { show, text, isMine, kind, clusterId, hasConsoles } = useMonitor();
  const tasks = useTasks((state) => state.shape);
  const transfers = useTransfers((state) => state.shape);
  const queue = useMigrations((state) => state.items);
  const names = useInventory((inventory) => inventory.shape);
  const clusters = useClusters(({ list }) => list);
  return useMemo(() => {
    void [tasks, transfers, queue, names, clusters];
    const monitor = { show, text, isMine, kind, clusterId, hasConsoles };
    return monitorRows(monitorItems(), monitor);
  }, [show, text, isMine, kind, clusterId, hasConsoles, tasks, transfers, queue, names, clusters]);
}

function Empty() {
  const monitor = useMonitor();
  const hasFilter =
    monitor.show !== 'all' ||
    monitor.text !== '' ||
    monitor.isMine ||
    monitor.kind !== undefined ||
    monitor.clusterId !== undefined;
  if (!hasFilter) return 'Migrations, backups and whatever else runs on your clusters appear here.';
  return (
    <>
      <p>No task is like that.</p>
      <Button
        isSmall
        onClick={() => setMonitor({ show: 'all', text: '', isMine: false, kind: undefined, clusterId: undefined })}
      >
        Show all
      </Button>
    </>
  );
}
