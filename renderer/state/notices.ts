import { systemClock } from '../../shared/base/clock.ts';
import { type NoticeSettings, usualNotices } from '../../shared/model/settings.ts';
import type { TaskNotice } from '../../shared/model/task.ts';
import { taskKey } from './tasks.ts';

/** Of a task, or of a transfer of this computer. */
export interface Notice extends Omit<TaskNotice, 'kind' | 'upid'> {
  /** Of its row in the monitor. */
  readonly key: string;
  readonly kind: TaskNotice['kind'] | 'asks';
}

/** Whether a minute of the day lies in quiet hours, which may go over midnight. */
export function isQuiet(quiet: NoticeSettings['quiet'], minute: number): boolean {
  if (!quiet) return false;
  const [from, to] = quiet;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

const wantedBy: Record<Notice['kind'], 'finished' | 'failed' | 'needsSomeone'> = {
  finished: 'finished',
  failed: 'failed',
  stalled: 'needsSomeone',
  never: 'needsSomeone',
  asks: 'needsSomeone',
};

/** Whether the desktop is to show it, by what the person chose. */
export function isWanted(
  notice: Pick<Notice, 'kind' | 'clusterId'>,
  settings: NoticeSettings = usualNotices,
  atMs = systemClock.wallMs(),
): boolean {
  const now = new Date(atMs);
  if (!settings[wantedBy[notice.kind]] || settings.mutedClusterIds.includes(notice.clusterId)) return false;
  return !isQuiet(settings.quiet, now.getHours() * 60 + now.getMinutes());
}

const MOST_TITLE = 200;
const MOST_BODY = 500;
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** As the desktop takes it. */
export const noticeWords = ({ title, body }: Pick<Notice, 'title' | 'body'>) => ({
  title: cut(title, MOST_TITLE),
  body: cut(body, MOST_BODY),
});

let listener: ((notice: Notice) => void) | undefined;

/** Who shows them: the views set it once. */
export function setNoticeListener(next: (notice: Notice) => void): void {
  listener = next;
}

export const tellNotice = (notice: Notice): void => listener?.(notice);

export const tellTaskNotice = ({ upid, ...notice }: TaskNotice): void =>
  tellNotice({ ...notice, key: taskKey(notice.clusterId, upid) });
