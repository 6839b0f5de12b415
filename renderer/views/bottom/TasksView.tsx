import { useMemo } from 'react';

import { monitorRows, useMonitor } from '../../state/monitor.ts';
import { useTask, useTasks } from '../../state/tasks.ts';
import { setUi, useUi } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { setMonitor } from '../../state/monitor.ts';
import { focusDetails } from '../monitor/focusDetails.ts';
import { TaskDetails } from '../monitor/TaskDetails.tsx';
import { TaskTable } from '../monitor/TaskTable.tsx';
import styles from '../monitor/tasks.module.css';

/** Everything that goes on, newest first, without the monitor's filters. */
export function TasksView() {
  const selected = useUi((ui) => ui.taskKey);
  const task = useTask(selected);
  return (
    <div className={`${styles.split} ${task ? styles.hasDetails : ''}`}>
      <TaskList />
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
  const { keys, hidden } = useMemo(() => rows(hasConsoles, shape), [hasConsoles, shape]);
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

/** Anew with every change of `_shape`. */
function rows(hasConsoles: boolean, _shape: number) {
  const { tasks } = useTasks.getState();
  const { keys } = monitorRows(tasks.values(), { show: 'all', isMine: false, hasConsoles, text: '' });
  return { keys, hidden: tasks.size - keys.length };
}
