import type { Task } from '../../../shared/model/task.ts';
import { formatDuration, formatRange, formatRate, formatTime, formatWhen } from '../../state/format.ts';
import { describeTask } from '../../state/taskWords.ts';
import { isStalled, willNotFinish } from '../../state/tasks.ts';
import type { IconName } from '../../widgets/iconShapes.tsx';

export interface TaskLook {
  readonly icon: IconName;
  readonly color: 'ok' | 'info' | 'warn' | 'bad' | 'dim';
  readonly word: string;
}

export function taskLook(task: Task): TaskLook {
  if (willNotFinish(task)) return { icon: describeTask(task).icon, color: 'warn', word: 'Will not finish' };
  if (isStalled(task)) return { icon: describeTask(task).icon, color: 'warn', word: 'Stalled' };
  switch (task.state) {
    case 'running':
      return { icon: describeTask(task).icon, color: 'info', word: 'Running' };
    case 'ok':
      return { icon: 'done', color: 'ok', word: 'Finished' };
    case 'warnings':
      return { icon: 'alert', color: 'warn', word: 'Finished with warnings' };
    case 'failed':
      return { icon: 'fail', color: 'bad', word: 'Failed' };
    case 'unknown':
      return { icon: 'unknown', color: 'dim', word: 'Unknown' };
  }
}

export function timeLeft(task: Task): string {
  const { progress } = task;
  if (willNotFinish(task)) return 'no end in sight';
  if (isStalled(task))
    return progress?.stalledSinceMs === undefined ? 'stalled' : `stalled since ${formatTime(progress.stalledSinceMs)}`;
  if (progress?.etaSeconds) return `${formatRange(progress.etaSeconds)} left`;
  return '';
}

/** What became of a task that ended, as a sentence after its word. */
export function outcome(task: Task): string {
  const when = task.endedAtMs ?? task.startedAtMs;
  const took = formatDuration(Math.max(0, when - task.startedAtMs));
  switch (task.state) {
    case 'ok':
    case 'warnings':
      return `at ${formatWhen(when)} after ${took}.`;
    case 'failed':
      return task.exitText ?? 'The server gave no reason. Its log may.';
    case 'unknown':
      return 'The server does not say how it ended.';
    case 'running':
      return '';
  }
}

export function whyNoEnd(task: Task): string {
  if (isStalled(task)) return 'Nothing has moved for a while. The server may wait for a disk, a lock or the network.';
  const { bytesPerSecond = 0, dirtyBytesPerSecond = 0 } = task.progress ?? {};
  const needed = 1 - (bytesPerSecond * 0.9) / Math.max(1, dirtyBytesPerSecond);
  const slower = Math.ceil(Math.min(0.95, Math.max(0.05, needed)) * 20) * 5;
  return `The guest dirties ${formatRate(dirtyBytesPerSecond)}, the link carries ${formatRate(bytesPerSecond)}. It ends once the guest writes at least ${slower} % less.`;
}
