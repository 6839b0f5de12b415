import { systemClock, every } from '../../../shared/base/clock.ts';
import type { TransferState } from '../../../shared/model/transfer.ts';
import { shell } from '../../link/shell.ts';
import { useMigrations } from '../../state/migrations.ts';
import { isWanted, type Notice, noticeWords } from '../../state/notices.ts';
import { hasFocus } from '../../state/popOuts.ts';
import { useSettings } from '../../state/settings.ts';
import { needsSomeone, useTasks } from '../../state/tasks.ts';
import { notify } from '../../state/toasts.ts';
import { isOver, useTransfers } from '../../state/transfers.ts';
import { showInMonitor } from '../monitor/taskPlaces.ts';

const WORK_MS = 1_000;
const toastKinds = {
  finished: 'done',
  failed: 'failed',
  stalled: 'warning',
  never: 'warning',
  asks: 'warning',
} as const;

/** Shows a notice: in the window while somebody looks at it, else on the desktop. */
export function showNotice(notice: Notice): void {
  const { key } = notice;
  const isSeen = hasFocus();
  if (isSeen) {
    const text = notice.body === '' ? `${notice.title}.` : `${notice.title}. ${notice.body}`;
    notify({
      kind: toastKinds[notice.kind],
      text,
      about: key,
      action: { label: 'Show', run: () => showInMonitor(key) },
    });
  } else if (isWanted(notice, useSettings.getState().notices)) showOnDesktop(key, notice);
}

function showOnDesktop(key: string, notice: Notice): void {
  const { title, body } = noticeWords(notice);
  const bridge = shell();
  if (bridge) return bridge.notify({ id: key, title, body });
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const shown = new Notification(title, { body, tag: key });
  shown.onclick = () => {
    window.focus();
    showInMonitor(key);
    shown.close();
  };
}

/** How much goes on, for dock, taskbar and tray. */
export function currentWork() {
  let running = 0;
  let attention = 0;
  let known = 0;
  let sum = 0;
  const count = (fraction: number | undefined) => {
    running++;
    if (fraction === undefined) return;
    known++;
    sum += Math.min(1, Math.max(0, fraction));
  };
  // Only what tells how far it is, or is a file of ours: a task of a second is no work to watch.
  for (const task of useTasks.getState().tasks.values()) {
    if (task.state !== 'running' || !task.progress) continue;
    count(task.progress.fraction);
    if (needsSomeone(task)) attention++;
  }
  const { transfers } = useTransfers.getState();
  for (const transfer of transfers.values()) {
    if (isOver(transfer) || transfer.kind === 'remote-migration') continue;
    count(transfer.totalBytes ? transfer.doneBytes / transfer.totalBytes : undefined);
    if (transfer.state === 'asking') attention++;
  }
  return { running, attention, own: ownWork(), ...(known > 0 && { fraction: sum / known }) };
}

const idle: ReadonlySet<TransferState> = new Set(['paused', 'asking']);

/** What would stop with this program. Tasks of servers go on without it, but for those over a bridge of ours. */
function ownWork(): number {
  const carried = [...useTransfers.getState().transfers.values()].filter(
    (one) => !isOver(one) && !idle.has(one.state) && (one.kind !== 'remote-migration' || one.migration?.bridge),
  );
  const waiting = useMigrations.getState().items.filter(({ state }) => state === 'waiting');
  return carried.length + waiting.length;
}

/** Lets the shell show how far the work is, and opens what a clicked notification is about. */
export function followWork(): () => void {
  const bridge = shell();
  if (!bridge) return () => undefined;
  bridge.onNoticeClick(showInMonitor);
  let last = '';
  const timer = every(systemClock, WORK_MS, () => {
    const work = currentWork();
    const fraction = 'fraction' in work ? Math.round(work.fraction * 200) / 200 : undefined;
    const next = { ...work, ...(fraction !== undefined && { fraction }) };
    const text = JSON.stringify(next);
    if (text === last) return;
    last = text;
    bridge.setWork(next);
  });
  return () => timer.dispose();
}
