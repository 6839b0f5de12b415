import type { DockviewApi, IDockviewPanel, SerializedDockview } from 'dockview-react';

import { consoleById, panelIdOf, type PanelParams, rowKeyOf, useConsoles } from '../../state/consoles.ts';
import { useClusters } from '../../state/clusters.ts';
import { type Direction, type Dock, type DockPage, pagePanelId, setDock } from '../../state/dock.ts';
import { readLayout, writeLayout } from '../../state/keptLayout.ts';
import { note } from '../../state/log.ts';
import { popOutOf, usePopOuts } from '../../state/popOuts.ts';
import { makeRoomForMonitor, setUi } from '../../state/ui.ts';
import { focusSoon } from '../../widgets/focusSoon.ts';
import { closeController, controllerFor, controllerOf } from '../console/controllers.ts';
import { targetName } from '../console/targetName.ts';
import { closePopOut, focusPopOut } from '../popOut/popOutActions.ts';

const pageTitles: Record<DockPage, string> = { monitor: 'Monitor', backups: 'Backups' };

const sides = { left: 'left', right: 'right', up: 'top', down: 'bottom' } as const;

/** Joins the dock to the page: restores what was open, keeps what changes. Returns what ends it. */
export function connectDock(api: DockviewApi): () => void {
  restore(api);
  let isLive = true;
  const lastUsed: string[] = [];
  const listeners = [
    api.onDidLayoutChange(() => isLive && keepLayout(api)),
    api.onDidRemovePanel(({ id }) => isLive && !isMoving && id === pagePanelId('monitor') && makeRoomForMonitor(false)),
    api.onDidRemovePanel((panel) => isLive && !isMoving && !popOutOf(panel.id) && closeController(panel.id)),
    api.onDidActivePanelChange(({ panel }) => {
      if (usePopOuts.getState().frontPanelId === undefined) useConsoles.setState({ activePanelId: panel?.id });
      const state = panel && consoleById(panel.id);
      if (state) setUi({ treeKey: rowKeyOf(state.target) });
      if (panel) lastUsed.splice(0, lastUsed.length, panel.id, ...lastUsed.filter((id) => id !== panel.id));
    }),
  ];
  const stopWatching = useClusters.subscribe(({ list, isKnown }) => {
    const ids = new Set(list.map((cluster) => cluster.id));
    if (isKnown) closeOf(api, (clusterId) => !ids.has(clusterId));
  });
  useConsoles.setState({ activePanelId: api.activePanel?.id });
  setDock(createDock(api, lastUsed));
  return () => {
    isLive = false;
    stopWatching();
    setDock(undefined);
    for (const listener of listeners) listener.dispose();
  };
}

/** Consoles of a cluster that was removed from the list go with it; those of no cluster stay. */
function closeOf(api: DockviewApi, isGone: (clusterId: string) => boolean): void {
  for (const panel of [...api.panels]) {
    const target = consoleById(panel.id)?.target;
    if (target && target.kind !== 'endpoint' && isGone(target.clusterId)) panel.api.close();
  }
}

const keepLayout = (api: DockviewApi) => writeLayout(wideLayout ?? api.toJSON());

let isMoving = false;

function restore(api: DockviewApi): void {
  const layout = readLayout();
  if (!layout) return;
  try {
    api.fromJSON(layout as unknown as SerializedDockview);
  } catch (error) {
    note(`The window's layout could not be restored: ${String(error)}`, 'warn');
    api.clear();
  }
}

// Under 1000 px there is one group; the layout of before waits for the window to grow again.
let wideLayout: SerializedDockview | undefined;

/** Narrow: splits become tabs. Wide again: the splits come back, unless the tabs are others now. */
export function fitToWidth(api: DockviewApi, isNarrow: boolean): void {
  isMoving = true;
  try {
    if (isNarrow) {
      const group = api.activeGroup ?? api.groups[0];
      if (!group || api.groups.length < 2) return;
      wideLayout = api.toJSON();
      const active = api.activePanel;
      for (const panel of [...api.panels]) if (panel.group !== group) panel.api.moveTo({ group });
      active?.api.setActive();
    } else if (wideLayout) {
      const layout = wideLayout;
      wideLayout = undefined;
      const ids = Object.keys(layout.panels).sort().join('\n');
      const now = api.panels.map((panel) => panel.id).sort();
      if (ids === now.join('\n')) api.fromJSON(layout, { reuseExistingPanels: true });
    }
  } finally {
    isMoving = false;
  }
}

function addPanel(api: DockviewApi, params: PanelParams, beside: boolean): void {
  const id = panelIdOf(params);
  const group = api.activeGroup;
  const isBeside = beside && group !== undefined && group.panels.length > 0;
  api.addPanel({
    id,
    component: 'console',
    title: targetName(params.target),
    params,
    ...(isBeside ? { position: { referenceGroup: group, direction: 'right' as const } } : {}),
  });
}

function focusPanel(panel: IDockviewPanel | undefined): void {
  if (!panel) return;
  panel.api.setActive();
  const controller = controllerOf(panel.id);
  if (controller) controller.focus();
  else focusSoon(() => pageElement(panel.id));
}

/** A tab, or the window that a console has of its own. */
function closePanel(api: DockviewApi, panelId: string): void {
  const panel = api.getPanel(panelId);
  if (panel) panel.api.close();
  else closePopOut(panelId);
}

const pageElement = (panelId: string) =>
  document.querySelector<HTMLElement>(`[data-page="${CSS.escape(panelId)}"] [data-area-focus]`);

function createDock(api: DockviewApi, lastUsed: readonly string[]): Dock {
  const neighbour = (direction: Direction) =>
    api.activeGroup && api.adjacentGroupInDirection(api.activeGroup, direction);
  return {
    open(params, { beside }) {
      const id = panelIdOf(params);
      if (popOutOf(id)) return focusPopOut(id);
      controllerFor(params); // before the panel is painted: its stream is opened meanwhile
      if (!api.getPanel(id)) addPanel(api, params, beside);
      focusPanel(api.getPanel(id));
      keepLayout(api); // at once: the event comes a moment later
    },
    openPage(page) {
      const id = pagePanelId(page);
      if (!api.getPanel(id)) {
        api.addPanel({ id, component: 'page', tabComponent: 'page', title: pageTitles[page], params: { page } });
        makeRoomForMonitor(true);
      }
      focusPanel(api.getPanel(id));
      keepLayout(api);
    },
    close: (panelId) => closePanel(api, panelId),
    dropTab: (panelId) => api.getPanel(panelId)?.api.close(),
    closeOthers(panelId) {
      const group = api.getPanel(panelId)?.group;
      for (const panel of [...(group?.panels ?? [])]) if (panel.id !== panelId) panel.api.close();
    },
    activate: (panelId) => focusPanel(api.getPanel(panelId)),
    split(panelId) {
      const panel = api.getPanel(panelId);
      if (!panel || panel.group.panels.length < 2) return false;
      panel.api.moveTo({ group: panel.api.group, position: 'right' });
      controllerOf(panelId)?.focus();
      return true;
    },
    focusGroup: (direction) => focusPanel(neighbour(direction)?.activePanel),
    moveTab(direction) {
      const panel = api.activePanel;
      if (!panel) return;
      const id = neighbour(direction)?.id;
      const group = api.groups.find((one) => one.id === id);
      if (group) panel.api.moveTo({ group });
      else if (panel.group.panels.length > 1) panel.api.moveTo({ group: panel.api.group, position: sides[direction] });
      controllerOf(panel.id)?.focus();
    },
    activateTab(number) {
      const panels = api.activeGroup?.panels ?? [];
      focusPanel(number === 9 ? panels.at(-1) : panels[number - 1]);
    },
    activateLastUsed() {
      const id = lastUsed.slice(1).find((one) => api.getPanel(one));
      if (id !== undefined) focusPanel(api.getPanel(id));
    },
    focusTabs: () => api.activeGroup?.element.querySelector<HTMLElement>('.dv-active-tab')?.focus(),
    activePanelId: () => api.activePanel?.id,
  };
}
