import { memo } from 'react';

import type { Task, TaskProgress, TaskSample } from '../../../shared/model/task.ts';
import { formatBytes, formatDuration, formatPart, formatPercent, formatRate } from '../../state/format.ts';
import { useInventory } from '../../state/inventory.ts';
import { describeTask, guestOfTask } from '../../state/taskWords.ts';
import { needsSomeone, useTask, useTasks } from '../../state/tasks.ts';
import { useTransfers } from '../../state/transfers.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { Spark } from '../../widgets/Spark.tsx';
import { useNow } from '../../widgets/useNow.ts';
import { RowFrame, type RowProps } from './RowFrame.tsx';
import { TaskParts } from './TaskParts.tsx';
import { ForecastWords } from './Forecast.tsx';
import { outcome, taskLook, timeLeft } from './taskLook.ts';
import styles from './tasks.module.css';

/** As many as the little curve can tell apart. */
const SPARK_SAMPLES = 36;

export const TaskRow = memo(function TaskRow(props: RowProps) {
  const { rowKey: taskKey, onOpen } = props;
  const task = useTask(taskKey);
  useTaskGuestName(task);
  if (!task) return null;
  const { title, place } = describeTask(task);
  const look = taskLook(task);
  const isBig = needsSomeone(task);
  return (
    <RowFrame {...props} label={`${title}, ${look.word.toLowerCase()}`} isBig={isBig}>
      <span role="gridcell" className={look.color} title={look.word}>
        <Icon name={look.icon} />
        <span className="sr">{look.word}</span>
      </span>
      <div role="gridcell" className="cut">
        <div className={`${styles.title} cut`}>{title}</div>
        <div className={`${styles.place} cut`} title={`${place}, by ${task.user}`}>
          {place}, {task.user}
        </div>
      </div>
      {task.state === 'running' ? (
        <Running task={task} taskKey={taskKey} color={look.color === 'warn' ? 'accent' : 'info'} />
      ) : (
        <div role="gridcell" className={styles.wide}>
          <span title={outcome(task)}>
            {task.state === 'ok' && `${look.word} `}
            {task.state === 'warnings' && <b className={look.color}>{look.word} </b>}
            {(task.state === 'failed' || task.state === 'unknown') && <b className={look.color}>{look.word}: </b>}
            {outcome(task)}
          </span>
          <Button
            kind={task.state === 'failed' ? 'plain' : 'ghost'}
            isSmall
            tabIndex={-1}
            onClick={() => onOpen(taskKey)}
          >
            Open log
          </Button>
        </div>
      )}
      {isBig && task.progress && <Attention task={task} progress={task.progress} />}
    </RowFrame>
  );
});

/** Paints again when the guest's name arrives or changes: the titles of tasks carry it. */
function useTaskGuestName(task: Task | undefined): void {
  useInventory(({ guests }) => task && guestOfTask(task, guests)?.name);
}

function Running({ task, taskKey, color }: { task: Task; taskKey: string; color: 'info' | 'accent' }) {
  const samples = useTasks((state) => state.samples.get(taskKey));
  const { progress } = task;
  const fraction = progress?.fraction;
  const { title } = describeTask(task);
  const done = amount(progress);
  return (
    <>
      <div role="gridcell" className={styles.progress}>
        <div>
          <span className="cut">
            {progress?.phase && done && <span className={styles.phase}>{progress.phase}, </span>}
            {done ?? progress?.phase ?? 'Working'}
          </span>
          <span className="mid">{fraction === undefined ? '' : formatPercent(fraction)}</span>
        </div>
        <Bar fraction={fraction} color={color} label={`Progress of ${title}`} />
      </div>
      <span role="gridcell" className={styles.spark}>
        <Spark values={lastRates(samples)} color={color} />
      </span>
      <div role="gridcell" className={styles.figure}>
        <b>{progress?.bytesPerSecond === undefined ? ' ' : formatRate(progress.bytesPerSecond)}</b>
        {timeLeft(task) || <RunsFor task={task} />}
      </div>
      <Where upid={task.upid} />
    </>
  );
}

/** What this machine's bridge holds of a migration that it carries. */
function Where({ upid }: { upid: string }) {
  const bridge = useTransfers(
    ({ byUpid, transfers }) => transfers.get(byUpid.get(upid) ?? '')?.migration?.bridge?.heldBytes,
  );
  if (bridge !== undefined) {
    return (
      <div role="gridcell" className={styles.where} title="Held by the bridge of this computer">
        {formatBytes(bridge)} held
      </div>
    );
  }
  return (
    <div role="gridcell" className={styles.where} title="This task does not pass through this computer">
      on the server
    </div>
  );
}

function lastRates(samples: readonly TaskSample[] = []): number[] {
  return samples.slice(-SPARK_SAMPLES).flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
}

function amount(progress: TaskProgress | undefined): string | undefined {
  if (progress?.doneBytes === undefined) return undefined;
  if (progress.totalBytes === undefined) return formatBytes(progress.doneBytes);
  return formatPart(progress.doneBytes, progress.totalBytes);
}

function RunsFor({ task }: { task: Task }) {
  const now = useNow(1000);
  return `for ${formatDuration(Math.max(0, now - task.startedAtMs))}`;
}

/** What someone must act on opens to its parts and one sentence. */
function Attention({ task, progress }: { task: Task; progress: TaskProgress }) {
  return (
    <>
      {progress.parts && progress.parts.length > 0 && (
        <div role="gridcell" className={styles.partsCell}>
          <TaskParts parts={progress.parts} />
        </div>
      )}
      <div role="gridcell" className={styles.say}>
        <span className="warn">
          <Icon name="alert" size={14} />
        </span>
        <ForecastWords task={task} />
      </div>
    </>
  );
}
