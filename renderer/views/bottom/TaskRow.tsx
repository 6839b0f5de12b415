import { memo } from 'react';

import type { Task, TaskProgress } from '../../../shared/model/task.ts';
import { formatBytes, formatDuration, formatPart, formatPercent, formatRate } from '../../state/format.ts';
import { useInventory } from '../../state/inventory.ts';
import { describeTask, guestOfTask } from '../../state/taskWords.ts';
import { useTask, useTasks, willNotFinish } from '../../state/tasks.ts';
import { setUi, useUi } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Bar } from '../../widgets/Meter.tsx';
import { Spark } from '../../widgets/Spark.tsx';
import { useNow } from '../../widgets/useNow.ts';
import { outcome, taskLook, timeLeft, whyNoEnd } from './taskLook.ts';
import styles from './TasksView.module.css';

/** As many as the little curve can tell apart. */
const SPARK_SAMPLES = 36;

export const TaskRow = memo(function TaskRow({ taskKey }: { taskKey: string }) {
  const task = useTask(taskKey);
  const isSelected = useUi((ui) => ui.taskKey === taskKey);
  useTaskGuestName(task);
  if (!task) return null;
  const { title, place } = describeTask(task);
  const look = taskLook(task);
  const isBig = willNotFinish(task);
  const select = () => setUi({ taskKey: isSelected ? undefined : taskKey });
  return (
    <li className={`${styles.row} ${isSelected ? styles.selected : ''} ${isBig ? styles.big : ''}`}>
      <button
        type="button"
        className={styles.cover}
        aria-label={`${title}, ${look.word.toLowerCase()}. Details`}
        aria-expanded={isSelected}
        onClick={select}
      />
      <span className={look.color} title={look.word}>
        <Icon name={look.icon} />
      </span>
      <div className="cut">
        <div className={`${styles.title} cut`}>{title}</div>
        <div className={`${styles.place} cut`}>{place}</div>
      </div>
      {task.state === 'running' ? (
        <Running task={task} taskKey={taskKey} color={look.color === 'warn' ? 'accent' : 'info'} />
      ) : (
        <div className={styles.wide}>
          <span title={outcome(task)}>
            {task.state === 'ok' && `${look.word} `}
            {task.state === 'warnings' && <b className={look.color}>{look.word} </b>}
            {(task.state === 'failed' || task.state === 'unknown') && <b className={look.color}>{look.word}: </b>}
            {outcome(task)}
          </span>
          <Button kind={task.state === 'failed' ? 'plain' : 'ghost'} isSmall onClick={() => setUi({ taskKey })}>
            Open log
          </Button>
        </div>
      )}
      {isBig && task.progress && <Attention task={task} progress={task.progress} />}
    </li>
  );
});

/** Paints again when the guest's name arrives or changes: the titles of tasks carry it. */
function useTaskGuestName(task: Task | undefined): void {
  useInventory(({ guests }) => task && guestOfTask(task, guests)?.name);
}

function Running({ task, taskKey, color }: { task: Task; taskKey: string; color: 'info' | 'accent' }) {
  const rates = useTasks((state) => state.rates.get(taskKey));
  const { progress } = task;
  const fraction = progress?.fraction;
  const { title } = describeTask(task);
  return (
    <>
      <div className={styles.progress}>
        <div>
          <span className="cut">{amount(progress) ?? progress?.phase ?? 'working'}</span>
          <span className="mid">{fraction === undefined ? '' : formatPercent(fraction)}</span>
        </div>
        <Bar fraction={fraction} color={color} label={`Progress of ${title}`} />
      </div>
      <Spark values={(rates ?? []).slice(-SPARK_SAMPLES).map((sample) => sample.rate)} color={color} />
      <div className={styles.figure}>
        <b>{progress?.bytesPerSecond === undefined ? ' ' : formatRate(progress.bytesPerSecond)}</b>
        {timeLeft(task) || <RunsFor task={task} />}
      </div>
      <div className={styles.where} title="This task does not pass through this computer">
        on the server
      </div>
    </>
  );
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

/** A part that was sent once and is not in sync was written to meanwhile. How much of it is dirty the log does not say. */
const toSend = (bytes: number) => (bytes > 0 ? `${formatBytes(bytes)} to send` : 'sent, and dirty again');

/** What someone must act on opens to its parts and one sentence. */
function Attention({ task, progress }: { task: Task; progress: TaskProgress }) {
  return (
    <>
      {progress.parts && progress.parts.length > 0 && (
        <div className={styles.parts}>
          {progress.parts.map((part) => (
            <div key={part.name} className={styles.part}>
              <div>
                <span className="cut">
                  {part.name}, {formatBytes(part.totalBytes)}
                </span>
                {part.isReady ? (
                  <span className={`${styles.ready} ok`}>
                    <Icon name="check" size={12} />
                    in sync
                  </span>
                ) : (
                  <span>{toSend(part.totalBytes - part.doneBytes)}</span>
                )}
              </div>
              <Bar
                fraction={part.totalBytes > 0 ? Math.min(1, part.doneBytes / part.totalBytes) : 1}
                color={part.isReady ? 'ok' : 'accent'}
              />
            </div>
          ))}
        </div>
      )}
      <div className={styles.say}>
        <span className="warn">
          <Icon name="alert" size={14} />
        </span>
        <span>
          <strong>Will not finish:</strong> {whyNoEnd(task)}
        </span>
      </div>
    </>
  );
}
