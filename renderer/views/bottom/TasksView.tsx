import { useMemo } from 'react';

import { monitorRows, useMonitor } from '../../state/monitor.ts';
import { useMigrations } from '../../state/migrations.ts';
import { monitorItems, transferIdOf } from '../../state/monitorItems.ts';
import { useTransfer, useTransfers } from '../../state/transfers.ts';
import { isConsoleTask, useTask, useTasks } from '../../state/tasks.ts';
import { setUi, useUi } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { setMonitor } from '../../state/monitor.ts';
import { focusDetails } from '../monitor/focusDetails.ts';
import { TaskDetails } from '../monitor/TaskDetails.tsx';
import { TransferDetails } from '../monitor/TransferDetails.tsx';
import { TaskTable } from '../monitor/TaskTable.tsx';
import styles from '../monitor/tasks.module.css';

/** Everything that goes on, newest first, without the monitor's filters. */
export function TasksView() {
  const selected = useUi((ui) => ui.taskKey);
  const task = useTask(selected);
  const transfer = useTransfer(transferIdOf(selected ?? ''));
  return (
    <div className={`${styles.split} ${task || transfer ? styles.hasDetails : ''}`}>
      <TaskList />
      {transfer && <TransferDetails key={selected} transfer={transfer} onClose={() => select(undefined)} />}
      {task && <TaskDetails key={selected} task={task} onClose={() => select(undefined)} />}
    </div>
  );
}

const select = (taskKey: string | undefined) => setUi({ taskKey });
const open = (taskKey: string) => {
  select(taskKey);
  focusDetails();
};

function TaskList() {
  const shape = useTasks((state) => state.shape);
  const selected = useUi((ui) => ui.taskKey);
  const hasConsoles = useMonitor((monitor) => monitor.hasConsoles);
  const transfers = useTransfers((state) => state.shape);
  const queue = useMigrations((state) => state.items);
  const { keys, hidden } = useMemo(
    () => rows(hasConsoles, shape, transfers, queue),
    [hasConsoles, shape, transfers, queue],
  );
  return (
    <div className={styles.list}>
      <TaskTable
        keys={keys}
        label="Tasks"
        selected={selected}
        onSelect={select}
        onOpen={open}
        empty="Migrations, backups and whatever else runs on your clusters appear here."
      />
      {(hidden > 0 || hasConsoles) && (
        <div className={styles.more}>
          <Button kind="ghost" isSmall onClick={() => setMonitor({ hasConsoles: !hasConsoles })}>
            {hasConsoles ? 'Hide consoles' : `Show ${hidden} that only carry a console`}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Anew with every change of `_shapes`. */
function rows(hasConsoles: boolean, ..._shapes: unknown[]) {
  const { tasks } = useTasks.getState();
  const { keys } = monitorRows(monitorItems(), { show: 'all', isMine: false, hasConsoles, text: '' });
  let hidden = 0;
  if (!hasConsoles) for (const task of tasks.values()) if (isConsoleTask(task)) hidden++;
  return { keys, hidden };
}
