import { tokenRefusal } from '../../shared/model/apiToken.ts';
import type { ConsoleTarget, ConsoleView } from '../../shared/model/console.ts';
import type { Guest } from '../../shared/model/inventory.ts';
import { clusterById } from './clusters.ts';
import { guestKey, useInventory } from './inventory.ts';
import type { PanelParams } from './consoles.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** What stands in the dock beside consoles. */
export const dockPages = ['monitor', 'backups'] as const;
export type DockPage = (typeof dockPages)[number];
export const pagePanelId = (page: DockPage) => `page|${page}`;

/** What the rest of the page asks of the dock; the dock itself is a chunk that comes later. */
export interface Dock {
  openPage(page: DockPage): void;
  open(params: PanelParams, options: { beside: boolean }): void;
  close(panelId: string): void;
  /** Only the tab goes: its console stands elsewhere now. */
  dropTab(panelId: string): void;
  closeOthers(panelId: string): void;
  activate(panelId: string): void;
  /** Moves a tab into a new group on the right. False where it is the only one of its group. */
  split(panelId: string): boolean;
  focusGroup(direction: Direction): void;
  moveTab(direction: Direction): void;
  /** Counts from 1; 9 is the last. */
  activateTab(number: number): void;
  activateLastUsed(): void;
  focusTabs(): void;
  activePanelId(): string | undefined;
}

let dock: Dock | undefined;
let pending: ((dock: Dock) => void)[] = [];
let wake: (() => void) | undefined;

export const currentDock = () => dock;

/** The dock came or went. */
export function setDock(next: Dock | undefined): void {
  dock = next;
  if (!next) return;
  const waiting = pending;
  pending = [];
  for (const open of waiting) open(next);
}

/** Called when something in the dock is wanted and the dock is not there yet. */
export function onDockWanted(listener: () => void): void {
  wake = listener;
}

export function openConsole(params: PanelParams, options: { beside?: boolean } = {}): void {
  const beside = options.beside ?? false;
  inDock((dock) => dock.open(params, { beside }));
}

export const openPage = (page: DockPage): void => inDock((dock) => dock.openPage(page));

function inDock(open: (dock: Dock) => void): void {
  if (dock) return open(dock);
  pending.push(open);
  wake?.();
}

/** False for what the cluster refuses to this sign-in whatever is asked, as some consoles to API tokens. */
export function isOffered(target: ConsoleTarget, view: ConsoleView): boolean {
  if (target.kind === 'endpoint') return view === target.view;
  const cluster = clusterById(target.clusterId);
  if (view === 'vnc' && isManagedContainer(target)) return false;
  return cluster === undefined || tokenRefusal(cluster, target.kind, view) === undefined;
}

/** A Datacenter Manager passes on no screen of containers. */
function isManagedContainer(target: ConsoleTarget): boolean {
  return target.kind === 'guest' && target.guestId.split('/').length === 3 && target.guestId.includes('/lxc/');
}

/** The console that a double-click opens: screens for machines, shells for containers and nodes. */
export function usualView(target: ConsoleTarget): ConsoleView {
  if (target.kind === 'node') return 'terminal';
  if (target.kind === 'endpoint') return target.view;
  const guest = useInventory.getState().guests.get(guestKey(target.clusterId, target.guestId));
  return guest?.type === 'lxc' && isOffered(target, 'terminal') ? 'terminal' : 'vnc';
}

export function openUsualConsole(target: ConsoleTarget, options: { beside?: boolean } = {}): void {
  openConsole({ target, view: usualView(target) }, options);
}

export const targetOf = (guest: Guest): ConsoleTarget => ({
  kind: 'guest',
  clusterId: guest.clusterId,
  guestId: guest.id,
});
