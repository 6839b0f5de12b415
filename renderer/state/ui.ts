import * as z from 'zod/mini';
import { create } from 'zustand';

import type { LaunchView } from '../../shared/model/launch.ts';
import type { BackupSnapshot } from '../../shared/model/backup.ts';
import type { DownloadSource } from '../../shared/model/transfer.ts';
import type { ViewerProtocol } from '../../shared/model/viewer.ts';
import { readKept, writeKept } from './keep.ts';

export type TreeFilter = 'all' | 'running' | 'open' | 'attention';
export type BottomTab = 'tasks' | 'relays' | 'log';

/** The one dialog that is open. */
export type OpenDialog =
  | { readonly kind: 'sign-in'; readonly address?: string; readonly user?: string }
  | { readonly kind: 'certificate'; readonly clusterId: string }
  | { readonly kind: 'forget'; readonly clusterId: string }
  | { readonly kind: 'trust'; readonly clusterId: string }
  | { readonly kind: 'gateway'; readonly clusterId: string }
  | { readonly kind: 'launch'; readonly launchId: string }
  | { readonly kind: 'address'; readonly address?: string; readonly view?: LaunchView }
  | { readonly kind: 'settings' }
  | { readonly kind: 'transfer-answer'; readonly transferId: string }
  | {
      readonly kind: 'restore';
      readonly clusterId: string;
      readonly snapshot: BackupSnapshot;
      readonly archive: string;
    }
  | {
      readonly kind: 'save-backup';
      readonly title: string;
      readonly name: string;
      readonly source: DownloadSource;
    }
  | { readonly kind: 'restore-files'; readonly guestKey: string }
  | { readonly kind: 'transfer-unlock'; readonly transferId: string }
  | { readonly kind: 'upload'; readonly clusterId?: string; readonly node?: string; readonly paths?: readonly string[] }
  | { readonly kind: 'limits' }
  | { readonly kind: 'migrate'; readonly guestKey: string }
  | { readonly kind: 'migrate-many'; readonly clusterId: string; readonly node?: string }
  | { readonly kind: 'remote-migrate'; readonly guestKey: string }
  | { readonly kind: 'backup'; readonly guestKey: string }
  | { readonly kind: 'keys' }
  | { readonly kind: 'palette'; readonly text: string; readonly beside: boolean }
  | { readonly kind: 'paste'; readonly panelId: string }
  | { readonly kind: 'no-viewer'; readonly protocol: ViewerProtocol; readonly guestKey: string }
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly text: string;
      readonly action: string;
      readonly run: () => void;
    };

const kept = z.object({
  hasSidebar: z.boolean(),
  hasBottom: z.boolean(),
  sidebarPx: z.number(),
  bottomPx: z.number(),
  bottomTab: z.enum(['tasks', 'relays', 'log']),
  folded: z.array(z.string()),
});

export interface Ui extends z.infer<typeof kept> {
  readonly isNarrow: boolean;
  /** Under 1000 px: the slide-over that is open. */
  readonly over: 'inventory' | 'details' | undefined;
  readonly isBottomMaximized: boolean;
  /** It shows what the monitor shows too, and comes back when that is closed. */
  readonly isBottomAway: boolean;
  readonly filter: TreeFilter;
  readonly filterText: string;
  /** Row the tree's keyboard stands on. */
  readonly treeKey: string | undefined;
  readonly taskKey: string | undefined;
  readonly dialog: OpenDialog | undefined;
}

const fallback: z.infer<typeof kept> = {
  hasSidebar: true,
  hasBottom: true,
  sidebarPx: 268,
  bottomPx: 276,
  bottomTab: 'tasks',
  folded: [],
};

export const useUi = create<Ui>()(() => ({
  ...readKept('ui', kept, fallback),
  isNarrow: false,
  over: undefined,
  isBottomMaximized: false,
  isBottomAway: false,
  filter: 'all',
  filterText: '',
  treeKey: undefined,
  taskKey: undefined,
  dialog: undefined,
}));

useUi.subscribe((ui, before) => {
  const fields = Object.keys(fallback) as (keyof typeof fallback)[];
  if (fields.every((field) => ui[field] === before[field])) return;
  writeKept('ui', Object.fromEntries(fields.map((field) => [field, ui[field]])));
});

export const setUi = useUi.setState;
export const openDialog = (dialog: OpenDialog) => setUi({ dialog });
export const closeDialog = () => setUi({ dialog: undefined });

export function toggleSidebar(): void {
  setUi((ui) =>
    ui.isNarrow ? { over: ui.over === 'inventory' ? undefined : 'inventory' } : { hasSidebar: !ui.hasSidebar },
  );
}

export const toggleBottom = () =>
  setUi((ui) => ({ hasBottom: !ui.hasBottom, isBottomMaximized: false, isBottomAway: false }));

/** The monitor came or went. The panel's list of tasks stands aside for it, unless a person wants both. */
export function makeRoomForMonitor(isOpen: boolean): void {
  setUi(({ hasBottom, bottomTab, isBottomAway }) => {
    if (isOpen && hasBottom && bottomTab === 'tasks') return { hasBottom: false, isBottomAway: true };
    return !isOpen && isBottomAway ? { hasBottom: true, isBottomAway: false } : {};
  });
}

export function showBottom(bottomTab: BottomTab): void {
  setUi({ hasBottom: true, bottomTab, isBottomAway: false });
}

export function fold(key: string, isFolded: boolean): void {
  setUi(({ folded }) => {
    const others = folded.filter((one) => one !== key);
    return { folded: isFolded ? [...others, key] : others };
  });
}
