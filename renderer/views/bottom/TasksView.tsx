import { useMemo, useState } from 'react';

import { isConsoleTask, orderTasks, taskKey, useTask, useTasks } from '../../state/tasks.ts';
import { setUi, useUi } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { TaskDetails } from './TaskDetails.tsx';
import { TaskRow } from './TaskRow.tsx';
import styles from './TasksView.module.css';

/** Older ones are in the server's own list; this one is for what goes on. */
const MOST_ROWS = 150;

export function TasksView() {
  const selected = useUi((ui) => ui.taskKey);
  const task = useTask(selected);
  return (
    <div className={`${styles.split} ${task ? styles.hasDetails : ''}`}>
      <TaskList />
      {task && <TaskDetails key={selected} task={task} onClose={() => setUi({ taskKey: undefined })} />}
    </div>
  );
}

function TaskList() {
  const tasks = useTasks((state) => state.tasks);
  const [showsConsoles, setShowsConsoles] = useState(false);
  const all = useMemo(() => orderTasks(tasks.values()), [tasks]);
  const shown = all.filter((task) => showsConsoles || !isConsoleTask(task));
  const hidden = all.length - shown.length;
  return (
    <div className={styles.tasks} tabIndex={-1}>
      {shown.length > 0 && (
        <ul className={styles.list} aria-label="Tasks">
          {shown.slice(0, MOST_ROWS).map((task) => {
            const key = taskKey(task.clusterId, task.upid);
            return <TaskRow key={key} taskKey={key} />;
          })}
        </ul>
      )}
      {shown.length === 0 && (
        <p className={styles.blank}>Migrations, backups and whatever else runs on your clusters appear here.</p>
      )}
      {(hidden > 0 || showsConsoles) && (
        <div className={styles.more}>
          <Button kind="ghost" isSmall onClick={() => setShowsConsoles(!showsConsoles)}>
            {showsConsoles ? 'Hide consoles' : `Show ${hidden} that only carry a console`}
          </Button>
        </div>
      )}
    </div>
  );
}
