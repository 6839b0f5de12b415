import type { Cluster } from '../../shared/model/cluster.ts';
import type { Settings } from '../../shared/model/settings.ts';
import { call } from '../api/engine.ts';
import { shell } from '../link/shell.ts';
import { useClusters } from '../state/clusters.ts';
import { useConnection } from '../state/connection.ts';
import { openPage } from '../state/dock.ts';
import { useSettings } from '../state/settings.ts';
import { notifyFailure } from '../state/toasts.ts';
import { openDialog, showBottom, toggleBottom, toggleSidebar, useUi } from '../state/ui.ts';
import { browseBackups, openDemoBackups } from '../views/backups/backupActions.ts';
import { changeSettings } from '../views/dialogs/changeSettings.ts';
import { hasDemo } from '../views/hasDemo.ts';
import { mend, signOut } from '../views/inventory/rowActions.ts';
import type { Command } from './command.ts';

export function clusterCommands(): Command[] {
  const isDemoThere = hasDemo(useConnection.getState());
  return [
    {
      id: 'cluster.add',
      title: 'Add a cluster…',
      icon: 'cluster',
      keys: shell() ? 'Ctrl N' : undefined, // a browser keeps it for a new window
      menu: ['file', 1],
      run: () => openDialog({ kind: 'sign-in' }),
    },
    {
      id: 'cluster.demo',
      title: 'Open the demo cluster',
      icon: 'flask',
      menu: ['file', 1],
      isOff: !isDemoThere,
      isOfMain: true,
      run: () => {
        call('demo.open', {}).catch((error: unknown) => notifyFailure('The demo cluster did not start.', error));
      },
    },
    {
      id: 'cluster.demoBackups',
      title: 'Open the demo Backup Server',
      icon: 'flask',
      menu: ['file', 1],
      isOff: !isDemoThere,
      isOfMain: true,
      run: () => void openDemoBackups(),
    },
    {
      id: 'address.open',
      title: 'Open an address…',
      icon: 'outside',
      menu: ['file', 1],
      run: () => openDialog({ kind: 'address' }),
    },
    ...useClusters.getState().list.flatMap(accountCommands),
  ];
}

/** What can be done with one of them. */
function accountCommands(cluster: Cluster): Command[] {
  return [
    cluster.state === 'signed-in'
      ? {
          id: `cluster.signOut ${cluster.id}`,
          title: `Sign out of ${cluster.name}`,
          icon: 'lock',
          menu: ['file', 3],
          run: () => signOut(cluster),
        }
      : {
          id: `cluster.signIn ${cluster.id}`,
          title: `Sign in to ${cluster.name}…`,
          icon: 'key',
          menu: ['file', 3],
          run: () => mend(cluster),
        },
    {
      id: `cluster.gateway ${cluster.id}`,
      title: `API gateway to ${cluster.name}…`,
      icon: 'gate',
      run: () => openDialog({ kind: 'gateway', clusterId: cluster.id }),
    },
  ];
}

export function backupCommands(): Command[] {
  return useClusters
    .getState()
    .list.filter(({ product, state }) => product === 'pbs' && state === 'signed-in')
    .map(({ id, name }) => ({
      id: `backups.browse ${id}`,
      title: `Browse the backups of ${name}`,
      icon: 'box',
      menu: ['file', 2],
      isOfMain: true,
      run: () => browseBackups(id),
    }));
}

export function startCommands(): Command[] {
  const list = useClusters.getState().list.filter(({ product, state }) => product === 'pve' && state === 'signed-in');
  const isOff = list.length === 0;
  return [
    {
      id: 'start.upload',
      title: 'Upload files…',
      icon: 'upload',
      menu: ['file', 2],
      isOff,
      run: () => openDialog({ kind: 'upload' }),
    },
    ...list.map(
      ({ id, name }): Command => ({
        id: `start.migrateMany ${id}`,
        title: `Migrate guests of ${name}…`,
        icon: 'arrow',
        menu: ['file', 2],
        run: () => openDialog({ kind: 'migrate-many', clusterId: id }),
      }),
    ),
    {
      id: 'start.limits',
      title: 'Limits of transfers and migrations…',
      icon: 'gauge',
      menu: ['file', 2],
      isOff,
      run: () => openDialog({ kind: 'limits' }),
    },
  ];
}

const themes: readonly (readonly [Settings['theme'], title: string, label: string])[] = [
  ['light', 'Use the light theme', 'Light theme'],
  ['dark', 'Use the dark theme', 'Dark theme'],
  ['system', 'Use the theme of the system', 'Theme of the system'],
];

const main = { isOfMain: true } as const;

export const windowCommands = (): Command[] => [
  ...partCommands(),
  ...placeCommands,
  ...themeCommands(),
  ...ownCommands,
];

function partCommands(): Command[] {
  const { hasSidebar, hasBottom, isNarrow, over } = useUi.getState();
  return [
    {
      id: 'view.inventory',
      title: 'Show or hide the inventory',
      label: 'Inventory',
      icon: 'sidebar',
      keys: 'Ctrl B',
      menu: ['view', 1],
      isOn: isNarrow ? over === 'inventory' : hasSidebar,
      map: ['Areas', 'Inventory'],
      ...main,
      run: toggleSidebar,
    },
    {
      id: 'view.panel',
      title: 'Show or hide the panel',
      label: 'Tasks and relays panel',
      icon: 'bottomPanel',
      keys: 'Ctrl J',
      menu: ['view', 1],
      isOn: hasBottom,
      map: ['Areas', 'Bottom panel'],
      ...main,
      run: toggleBottom,
    },
  ];
}

const placeCommands: readonly Command[] = [
  {
    id: 'view.monitor',
    title: 'Open the monitor',
    label: 'Monitor',
    icon: 'moves',
    keys: 'Ctrl Shift M',
    menu: ['view', 2],
    map: ['Areas', 'Monitor of all tasks'],
    ...main,
    run: () => openPage('monitor'),
  },
  {
    id: 'view.backups',
    title: 'Open the backups',
    label: 'Backups',
    icon: 'box',
    menu: ['view', 2],
    ...main,
    run: () => openPage('backups'),
  },
  {
    id: 'view.relays',
    title: 'Show relays and memory',
    label: 'Relays and memory',
    icon: 'gauge',
    menu: ['view', 2],
    ...main,
    run: () => showBottom('relays'),
  },
  {
    id: 'view.log',
    title: 'Show the log',
    label: 'Log',
    icon: 'file',
    menu: ['view', 2],
    ...main,
    run: () => showBottom('log'),
  },
];

function themeCommands(): Command[] {
  const now = useSettings.getState().theme;
  return themes.map(([theme, title, label]) => ({
    id: `view.theme ${theme}`,
    title,
    label,
    icon: 'eye',
    menu: ['view', 3],
    isOn: now === theme,
    run: () => changeSettings({ theme }),
  }));
}

const ownCommands: readonly Command[] = [
  {
    id: 'app.settings',
    title: 'Settings…',
    icon: 'gear',
    keys: 'Ctrl ,',
    menu: ['file', 9],
    map: ['Find', 'Settings'],
    run: () => openDialog({ kind: 'settings' }),
  },
  {
    id: 'help.keys',
    title: 'Keyboard map',
    icon: 'keys',
    keys: 'F1',
    menu: ['help', 1],
    map: ['Find', 'This map'],
    run: () => openDialog({ kind: 'keys' }),
  },
];
