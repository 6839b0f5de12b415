import type { Task } from '../../../shared/model/task.ts';
import { call } from '../../api/engine.ts';
import { openUsualConsole, targetOf } from '../../state/dock.ts';
import { whyNoStop } from '../../state/privileges.ts';
import { describeTask, guestOfTask } from '../../state/taskWords.ts';
import { useTasks } from '../../state/tasks.ts';
import { notify, notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import type { MenuGroup } from '../../widgets/Menu.tsx';
import { copy } from '../copy.ts';
import { stopMeaning } from './stopMeaning.ts';

export const taskOf = (key: string) => useTasks.getState().tasks.get(key);

/** Asks first, and says what becomes of what was done. */
export function askStop(key: string): void {
  const task = taskOf(key);
  if (task?.state !== 'running') return;
  const lacks = whyNoStop(task);
  if (lacks) {
    notify({ kind: 'info', text: `Stopping a task of ${task.user} ${lacks}.` });
    return;
  }
  const { title } = describeTask(task);
  openDialog({
    kind: 'confirm',
    title: `Stop “${title}”?`,
    text: stopMeaning(task),
    action: 'Stop the task',
    run: () => stop(task, title),
  });
}

function stop(task: Task, title: string): void {
  call('task.stop', { clusterId: task.clusterId, upid: task.upid }).catch((error: unknown) =>
    notifyFailure(`“${title}” was not stopped.`, error),
  );
}

/** As a transfer of its own: whatever of it the page has, all of it is read anew. */
function saveLog(task: Task): void {
  const { clusterId, upid } = task;
  openDialog({
    kind: 'save-backup',
    title: `Save the log of “${describeTask(task).title}”`,
    name: `${logName(task)}.log`,
    source: { kind: 'task-log', clusterId, upid },
  });
}

/** `pve1-qmigrate-101-2026-03-01T10-15-00`. */
export function logName({ startedAtMs, node, type, vmid }: Task): string {
  const day = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${node}-${type}${vmid === undefined ? '' : `-${vmid}`}-${day}`;
}

/** What can be done with a task, for its menu. */
export function taskMenu(key: string, onOpen?: () => void): readonly MenuGroup[] {
  const task = taskOf(key);
  if (!task) return [];
  const guest = guestOfTask(task);
  return [
    {
      items: [
        ...(onOpen ? [{ label: 'Show details and log', icon: 'file' as const, keys: 'Enter', run: onOpen }] : []),
        ...(guest && !guest.isTemplate
          ? [
              {
                label: `Open the console of ${guest.name}`,
                icon: 'vm' as const,
                run: () => openUsualConsole(targetOf(guest)),
              },
            ]
          : []),
      ],
    },
    {
      items: [
        { label: 'Copy its UPID', icon: 'copy', run: () => void copy(task.upid, 'UPID') },
        { label: 'Save the whole log…', icon: 'box', run: () => saveLog(task) },
      ],
    },
    {
      items: [
        {
          label: 'Stop this task…',
          offBecause: whyNoStop(task),
          icon: 'square',
          keys: 'Del',
          isDanger: true,
          isOff: task.state !== 'running',
          run: () => askStop(key),
        },
      ],
    },
  ];
}
