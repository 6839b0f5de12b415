import { useEffect, useRef, useState } from 'react';

import type { Task } from '../../../shared/model/task.ts';
import { call } from '../../api/engine.ts';
import { formatBytes, formatDuration, formatRate, formatWhen } from '../../state/format.ts';
import { describeTask } from '../../state/taskWords.ts';
import { taskKey, useTasks, willNotFinish } from '../../state/tasks.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { copy } from '../copy.ts';
import { RateGraph } from './RateGraph.tsx';
import { followTaskLog, type TaskLog } from './taskLog.ts';
import { taskLook, timeLeft } from './taskLook.ts';
import styles from './TasksView.module.css';

export function TaskDetails({ task, onClose }: { task: Task; onClose: () => void }) {
  const { title, place } = describeTask(task);
  const look = taskLook(task);
  const log = useTaskLog(task);
  const samples = useTasks(({ rates }) => rates.get(taskKey(task.clusterId, task.upid)));
  return (
    <aside className={styles.details} aria-label={`Details of ${title}`}>
      <div className={styles.head}>
        <h2 className="cut" title={place}>
          {title}
        </h2>
        <span className={`${styles.pill} ${look.color}`}>
          <Icon name={willNotFinish(task) ? 'alert' : look.icon} size={12} />
          {look.word}
        </span>
        <span className="grow" />
        <IconButton icon="copy" label="Copy the log" onClick={() => void copy(log.lines.join('\n'), 'log')} />
        <IconButton icon="close" label="Close the details" onClick={onClose} />
      </div>
      <Facts task={task} />
      {task.state === 'running' && samples && (
        <div className={styles.roomy}>
          <RateGraph samples={samples} />
        </div>
      )}
      <LogText log={log} />
      {task.state === 'running' && (
        <div className={styles.actions}>
          <span className="grow" />
          <Button kind="ghost" isSmall onClick={() => askStop(task)}>
            Stop this task…
          </Button>
        </div>
      )}
    </aside>
  );
}

function Facts({ task }: { task: Task }) {
  const { progress } = task;
  const facts: [value: string, name: string, color?: string][] = [];
  if (progress?.bytesPerSecond !== undefined) facts.push([formatRate(progress.bytesPerSecond), 'rate']);
  if (progress?.dirtyBytesPerSecond !== undefined) {
    facts.push([formatRate(progress.dirtyBytesPerSecond), 'dirty rate', taskLook(task).color === 'warn' ? 'warn' : '']);
  }
  if (progress?.totalBytes !== undefined && progress.doneBytes !== undefined && task.state === 'running') {
    facts.push([formatBytes(Math.max(0, progress.totalBytes - progress.doneBytes)), 'to do']);
  }
  const left = timeLeft(task);
  if (left && !willNotFinish(task)) facts.push([left.replace(' left', ''), 'left']);
  facts.push([formatWhen(task.startedAtMs), 'started']);
  if (task.endedAtMs !== undefined) facts.push([formatDuration(task.endedAtMs - task.startedAtMs), 'took']);
  facts.push([task.user, 'by']);
  return (
    <div className={styles.facts}>
      {facts.map(([value, name, color]) => (
        <div key={name}>
          <b className={color}>{value}</b>
          {name}
        </div>
      ))}
    </div>
  );
}

function askStop(task: Task): void {
  const { title } = describeTask(task);
  openDialog({
    kind: 'confirm',
    title: `Stop “${title}”?`,
    text: 'The server ends the task where it stands. What it did until now is not undone.',
    action: 'Stop the task',
    run: () => {
      call('task.stop', { clusterId: task.clusterId, upid: task.upid }).catch((error: unknown) =>
        notifyFailure(`“${title}” was not stopped.`, error),
      );
    },
  });
}

function useTaskLog(task: Task): TaskLog {
  const { clusterId, upid } = task;
  const [log, setLog] = useState<TaskLog>({ lines: [], end: undefined });
  useEffect(() => {
    const follower = followTaskLog({ clusterId, upid }, setLog);
    return () => follower.dispose();
  }, [clusterId, upid]);
  return log;
}

/** Stays at the end while it is there; whoever scrolls up is left alone. */
function LogText({ log }: { log: TaskLog }) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const { lines } = log;
  useEffect(() => {
    if (isAtEnd.current && box.current && lines.length > 0) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <div
      ref={box}
      className={styles.log}
      role="log"
      aria-label="Log"
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {lines.join('\n')}
      {log.end?.kind === 'failed' && <p className="warn">{log.end.error.message}</p>}
    </div>
  );
}
