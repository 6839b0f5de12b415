import type { ConsoleTarget } from '../../../shared/model/console.ts';
import { call } from '../../api/engine.ts';
import { useClusters } from '../../state/clusters.ts';
import { useConnection } from '../../state/connection.ts';
import { currentDock, openPage } from '../../state/dock.ts';
import { guestKey, useInventory } from '../../state/inventory.ts';
import { useSettings } from '../../state/settings.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { openDialog, showBottom, toggleBottom, toggleSidebar } from '../../state/ui.ts';
import type { IconName } from '../../widgets/iconShapes.tsx';
import { browseBackups, openDemoBackups } from '../backups/backupActions.ts';
import { saveScreenshot } from '../console/ConsoleToolbar.tsx';
import { activeController } from '../console/controllers.ts';
import { targetName } from '../console/targetName.ts';
import { splitOrPick } from '../dock/tabMenu.ts';
import { mend, signOut } from '../inventory/rowActions.ts';
import { viewerItems } from '../viewerActions.ts';
import type { Entry } from './entry.ts';

const command = (title: string, icon: IconName, run: () => void, keys?: string): Entry => ({
  id: `command ${title}`,
  group: 'Commands',
  icon,
  title,
  keys,
  run,
});

/** Everything that can be done now, the console in front first. */
export function commands(): Entry[] {
  return [...consoleCommands(), ...clusterCommands(), ...backupCommands(), ...startCommands(), ...windowCommands()];
}

function consoleCommands(): Entry[] {
  const controller = activeController();
  if (!controller) return [];
  const { panelId, params } = controller;
  const name = targetName(params.target);
  const isScreen = params.view === 'vnc';
  return [
    ...(isScreen
      ? [
          command(`Send Ctrl Alt Delete to ${name}`, 'keys', () => {
            if (controller.view?.kind === 'vnc') controller.view.view.sendCombo(['ControlLeft', 'AltLeft', 'Delete']);
          }),
          command(`Paste into ${name} as keys…`, 'paste', () => openDialog({ kind: 'paste', panelId }), 'Ctrl Shift V'),
          command(`Take a screenshot of ${name}`, 'camera', () => void saveScreenshot(controller)),
        ]
      : []),
    ...viewerCommands(params.target),
    command(`Connect ${name} again`, 'again', () => controller.reopen()),
    command('Split the console to the right', 'split', () => splitOrPick(panelId), 'Ctrl \\'),
    command(`Close the console of ${name}`, 'close', () => currentDock()?.close(panelId), 'Ctrl W'),
  ];
}

/** For the console in front. Of other guests they are among their actions. */
function viewerCommands(target: ConsoleTarget): Entry[] {
  if (target.kind !== 'guest') return [];
  const guest = useInventory.getState().guests.get(guestKey(target.clusterId, target.guestId));
  if (!guest) return [];
  return viewerItems(guest)
    .filter(({ offBecause }) => offBecause === undefined)
    .map(({ label, run }) => command(label.replace('Open', `Open ${guest.name}`), 'outside', run));
}

function clusterCommands(): Entry[] {
  const hasDemo = useConnection.getState().hello?.hasDemo ?? false;
  return [
    command('Add a cluster…', 'cluster', () => openDialog({ kind: 'sign-in' })),
    ...(hasDemo
      ? [
          command('Open the demo cluster', 'flask', () => {
            call('demo.open', {}).catch((error: unknown) => notifyFailure('The demo cluster did not start.', error));
          }),
          command('Open the demo Backup Server', 'flask', () => void openDemoBackups()),
        ]
      : []),
    command('Open an address…', 'outside', () => openDialog({ kind: 'address' })),
    ...useClusters
      .getState()
      .list.flatMap((cluster) => [
        cluster.state === 'signed-in'
          ? command(`Sign out of ${cluster.name}`, 'lock', () => signOut(cluster))
          : command(`Sign in to ${cluster.name}…`, 'key', () => mend(cluster)),
        command(`API gateway to ${cluster.name}…`, 'gate', () =>
          openDialog({ kind: 'gateway', clusterId: cluster.id }),
        ),
      ]),
  ];
}

function backupCommands(): Entry[] {
  return useClusters
    .getState()
    .list.filter(({ product, state }) => product === 'pbs' && state === 'signed-in')
    .map(({ id, name }) => command(`Browse the backups of ${name}`, 'box', () => browseBackups(id)));
}

function startCommands(): Entry[] {
  const list = useClusters.getState().list.filter(({ product, state }) => product === 'pve' && state === 'signed-in');
  if (list.length === 0) return [];
  return [
    command('Upload files…', 'upload', () => openDialog({ kind: 'upload' })),
    ...list.map(({ id, name }) =>
      command(`Migrate guests of ${name}…`, 'arrow', () => openDialog({ kind: 'migrate-many', clusterId: id })),
    ),
    command('Limits of transfers and migrations…', 'gauge', () => openDialog({ kind: 'limits' })),
  ];
}

function windowCommands(): Entry[] {
  const set = (theme: 'system' | 'light' | 'dark') => () => {
    const settings = { ...useSettings.getState(), theme };
    useSettings.setState(settings);
    call('settings.set', { settings }).catch((error: unknown) => notifyFailure('The theme was not kept.', error));
  };
  return [
    command('Show or hide the inventory', 'sidebar', toggleSidebar, 'Ctrl B'),
    command('Show or hide the panel', 'bottomPanel', toggleBottom, 'Ctrl J'),
    command('Open the monitor', 'moves', () => openPage('monitor'), 'Ctrl Shift M'),
    command('Open the backups', 'box', () => openPage('backups')),
    command('Show relays and memory', 'gauge', () => showBottom('relays')),
    command('Show the log', 'file', () => showBottom('log')),
    command('Use the light theme', 'eye', set('light')),
    command('Use the dark theme', 'eye', set('dark')),
    command('Use the theme of the system', 'eye', set('system')),
    command('Settings…', 'gear', () => openDialog({ kind: 'settings' })),
    command('Keyboard map', 'keys', () => openDialog({ kind: 'keys' }), 'F1'),
  ];
}
