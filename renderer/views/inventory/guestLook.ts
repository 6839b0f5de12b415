import type { Guest } from '../../../shared/model/inventory.ts';
import type { Task } from '../../../shared/model/task.ts';
import { formatPercent } from '../../state/format.ts';
import type { IconName } from '../../widgets/iconShapes.tsx';

export interface GuestLook {
  /** For the accessible name and the tooltip, always. */
  readonly said: string;
  /** On the row, only where someone may act or something is under way. */
  readonly word: string | undefined;
  readonly icon: IconName;
  readonly color: 'ok' | 'dim' | 'warn' | 'info';
  readonly fraction: number | undefined;
  readonly isOff: boolean;
}

const busy: Record<string, readonly [said: string, icon: IconName]> = {
  qmigrate: ['migrating', 'arrow'],
  vzmigrate: ['migrating', 'arrow'],
  migrate: ['migrating', 'arrow'],
  vzdump: ['backing up', 'box'],
  backup: ['backing up', 'box'],
  qmrestore: ['restoring', 'box'],
  vzrestore: ['restoring', 'box'],
  qmclone: ['cloning', 'copy'],
  clone: ['cloning', 'copy'],
  snapshot: ['taking a snapshot', 'camera'],
  'snapshot-delete': ['removing a snapshot', 'camera'],
  rollback: ['rolling back', 'again'],
  create: ['being created', 'plus'],
  suspending: ['suspending', 'pause'],
};

/** State is shape, colour and word. */
export function guestLook(guest: Guest, task: Task | undefined): GuestLook {
  const doing = busy[task?.type ?? guest.lock ?? ''];
  if (doing) {
    const [said, icon] = doing;
    const fraction = task?.progress?.fraction;
    const isMove = icon === 'arrow';
    const percent = fraction === undefined ? said : formatPercent(fraction);
    const shown = isMove ? fraction : undefined;
    const isOff = guest.state === 'stopped';
    return {
      said: fraction === undefined ? said : `${said}, ${percent}`,
      word: shown === undefined ? percent : '',
      icon,
      color: 'info',
      fraction: shown,
      isOff,
    };
  }
  const plain = { fraction: undefined, word: undefined } as const;
  switch (guest.state) {
    case 'running':
      return { ...plain, said: 'running', icon: 'play', color: 'ok', isOff: false };
    case 'stopped':
      return { ...plain, said: guest.isTemplate ? 'template' : 'stopped', icon: 'square', color: 'dim', isOff: true };
    case 'paused':
      return { ...plain, said: 'paused', word: 'paused', icon: 'pause', color: 'warn', isOff: false };
    case 'unknown':
      return { ...plain, said: 'unknown', word: 'unknown', icon: 'unknown', color: 'dim', isOff: true };
  }
}

/** Of a guest whose cluster does not answer or is signed out. */
export const staleLook = (guest: Guest): GuestLook => ({
  said: `unknown, ${guest.state} when last asked`,
  word: undefined,
  icon: 'unknown',
  color: 'dim',
  fraction: undefined,
  isOff: true,
});
