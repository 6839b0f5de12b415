import { lazy, Suspense, useEffect } from 'react';

import type { Task, TaskProgress } from '../../../shared/model/task.ts';
import { formatBytes, formatDuration, formatRate, formatWhen } from '../../state/format.ts';
import { call } from '../../api/engine.ts';
import { whyNoStop } from '../../state/privileges.ts';
import { describeTask } from '../../state/taskWords.ts';
import { addSamples, keyOfTask, needsSomeone, taskKey, useTasks, willNotFinish } from '../../state/tasks.ts';
import { useTransfers } from '../../state/transfers.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { MenuButton } from '../../widgets/Menu.tsx';
import { BridgeFacts } from './BridgeFacts.tsx';
import { Forecast } from './Forecast.tsx';
import { LogPane } from './LogPane.tsx';
import { askStop, logName, taskMenu } from './taskActions.ts';
import { taskLook, timeLeft } from './taskLook.ts';
import { TaskParts } from './TaskParts.tsx';
import { useTaskLog } from './useTaskLog.ts';
import styles from './tasks.module.css';

const ProgressGraph = lazy(() => import('./ProgressGraph.tsx'));

export function TaskDetails({ task, onClose }: { task: Task; onClose: () => void }) {
  const key = keyOfTask(task);
  const { title, place } = describeTask(task);
  const look = taskLook(task);
  const log = useTaskLog(task.clusterId, task.upid);
  const bridge = useTransfers(({ byUpid, transfers }) => transfers.get(byUpid.get(task.upid) ?? '')?.migration?.bridge);
  const samples = useTasks((state) => state.samples.get(key));
  useSamples(task);
  const parts = task.progress?.parts ?? [];
  return (
    <aside className={styles.details} aria-label={`Details of ${title}`} data-find="">
      <div className={styles.head}>
        <h2 className="cut" title={place}>
          {title}
        </h2>
        <span className={`${styles.pill} ${look.color}`}>
          <Icon name={needsSomeone(task) ? 'alert' : look.icon} size={12} />
          {look.word}
        </span>
        <span className="grow" />
        <MenuButton trigger={<IconButton icon="more" label="More for this task" />} groups={() => taskMenu(key)} />
        <IconButton icon="close" label="Close the details" onClick={onClose} />
      </div>
      <Facts task={task} />
      <Forecast task={task} />
      {parts.length > 0 && (
        <div className={styles.detailParts}>
          <TaskParts parts={parts} />
        </div>
      )}
      {bridge && <BridgeFacts bridge={bridge} />}
      {samples && (
        <div className={styles.roomy}>
          <Suspense fallback={null}>
            <ProgressGraph samples={samples} task={task} />
          </Suspense>
        </div>
      )}
      {log ? <LogPane log={log} fileName={logName(task)} /> : <span className="grow" />}
      {task.state === 'running' && (
        <div className={styles.actions}>
          <span className="grow" />
          <Button
            kind="ghost"
            isSmall
            disabled={whyNoStop(task) !== undefined}
            title={whyNoStop(task)}
            onClick={() => askStop(key)}
          >
            Stop this task…
          </Button>
        </div>
      )}
    </aside>
  );
}

/** What the engine kept of its course; the rest comes by itself. */
function useSamples({ clusterId, upid }: Task): void {
  useEffect(() => {
    const abort = new AbortController();
    call('task.samples', { clusterId, upid }, { signal: abort.signal }).then(
      ({ samples }) => useTasks.setState((tasks) => addSamples(tasks, taskKey(clusterId, upid), samples)),
      () => undefined, // the curve starts now then
    );
    return () => abort.abort();
  }, [clusterId, upid]);
}

function remaining(progress: TaskProgress | undefined): number | undefined {
  if (progress?.remainingBytes !== undefined) return progress.remainingBytes;
  if (progress?.totalBytes === undefined || progress.doneBytes === undefined) return undefined;
  return Math.max(0, progress.totalBytes - progress.doneBytes);
}

function Facts({ task }: { task: Task }) {
  const { progress } = task;
  const facts: [value: string, name: string, color?: string][] = [];
  const isRunning = task.state === 'running';
  if (isRunning && progress?.bytesPerSecond !== undefined) facts.push([formatRate(progress.bytesPerSecond), 'rate']);
  if (isRunning && progress?.dirtyBytesPerSecond !== undefined) {
    facts.push([formatRate(progress.dirtyBytesPerSecond), 'dirty rate', taskLook(task).color === 'warn' ? 'warn' : '']);
  }
  const left = remaining(progress);
  if (left !== undefined && isRunning) facts.push([formatBytes(left), 'to do']);
  const downtime = progress?.forecast?.downtimeMs;
  if (downtime && isRunning) facts.push([formatDuration(downtime[1]), 'pause at the end, at most']);
  const time = timeLeft(task);
  if (time && !willNotFinish(task)) facts.push([time.replace(' left', ''), 'left']);
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
