import { type Guest, managedPowerActions, type PowerAction } from '../../shared/model/inventory.ts';
import { needs } from '../../shared/model/privileges.ts';
import { call } from '../api/engine.ts';
import { useClusters } from '../state/clusters.ts';
import { isOffered, openConsole, targetOf, usualView } from '../state/dock.ts';
import { guestKey, useInventory } from '../state/inventory.ts';
import { isStarting, whileAsked } from '../state/power.ts';
import { whyNoConsole, whyNoPower, whyNot } from '../state/privileges.ts';
import { notifyFailure } from '../state/toasts.ts';
import { openDialog } from '../state/ui.ts';
import { copy } from './copy.ts';
import type { MenuGroup, MenuItem } from '../widgets/Menu.tsx';
import { viewerItems } from './viewerActions.ts';

const verbs: Record<PowerAction, readonly [label: string, failed: string]> = {
  start: ['Start', 'was not started.'],
  shutdown: ['Shut down', 'was not shut down.'],
  reboot: ['Restart', 'was not restarted.'],
  stop: ['Stop now', 'was not stopped.'],
  reset: ['Reset', 'was not reset.'],
  suspend: ['Pause', 'was not paused.'],
  resume: ['Resume', 'was not resumed.'],
};

async function power(guest: Guest, action: PowerAction): Promise<void> {
  try {
    const { clusterId, id: guestId } = guest;
    await whileAsked(guest, action, () => call('guest.power', { clusterId, guestId, action }));
  } catch (error) {
    const again = { label: 'Try again', run: () => askPower(guest, action) };
    const now = useInventory.getState().guests.get(guestKey(guest.clusterId, guest.id));
    const known = now ? `${guest.name} is ${now.state} now.` : '';
    notifyFailure(`${guest.name} ${verbs[action][1]}`, error, again, known);
  }
}

/** Does it, after asking where data of the guest may be lost. */
export function askPower(guest: Guest, action: PowerAction): void {
  const run = () => void power(guest, action);
  if (action !== 'stop' && action !== 'reset') return run();
  const isStop = action === 'stop';
  openDialog({
    kind: 'confirm',
    title: isStop ? `Stop ${guest.name} now?` : `Reset ${guest.name}?`,
    text: isStop
      ? 'It is cut off as if its power were pulled: what it has not written to disk is lost. Shut down asks the guest to end by itself.'
      : 'It starts over as if its reset button were pressed: what it has not written to disk is lost. Restart asks the guest to end by itself first.',
    action: isStop ? `Stop ${guest.name}` : `Reset ${guest.name}`,
    run,
  });
}

function powerItems(guest: Guest): MenuItem[] {
  const offBecause = whyNoPower(guest);
  const item = (action: PowerAction, icon: MenuItem['icon']): MenuItem => ({
    label: verbs[action][0] + (action === 'stop' || action === 'reset' ? '…' : ''),
    ...(icon ? { icon } : {}),
    isDanger: action === 'stop' || action === 'reset',
    offBecause: offBecause ?? (action === 'start' && isStarting(guest) ? 'it is being started' : undefined),
    run: () => askPower(guest, action),
  });
  return powerActionsOf(guest)
    .filter((action) => guest.remote === undefined || managedPowerActions[guest.type].includes(action))
    .map((action) => item(action, powerIcons[action]));
}

const powerIcons: Partial<Record<PowerAction, NonNullable<MenuItem['icon']>>> = {
  start: 'play',
  resume: 'play',
  stop: 'square',
  shutdown: 'power',
  reboot: 'again',
  reset: 'again',
  suspend: 'pause',
};

function powerActionsOf({ state, type }: Guest): readonly PowerAction[] {
  const isMachine = type === 'qemu';
  switch (state) {
    case 'stopped':
      return ['start'];
    case 'paused':
      return ['resume', 'stop'];
    case 'running':
      return isMachine ? ['shutdown', 'reboot', 'suspend', 'stop', 'reset'] : ['shutdown', 'reboot', 'stop'];
    case 'unknown':
      return [];
  }
}

function startItems(guest: Guest): MenuItem[] {
  if (guest.remote !== undefined) return []; // signed in to its own cluster they are offered
  const key = guestKey(guest.clusterId, guest.id);
  const hasOther = useClusters
    .getState()
    .list.some(({ id, product, state }) => id !== guest.clusterId && product === 'pve' && state === 'signed-in');
  const offMove = whyNot(guest.clusterId, needs.migrate(guest.vmid));
  return [
    {
      label: 'Migrate…',
      icon: 'arrow',
      offBecause: offMove,
      run: () => openDialog({ kind: 'migrate', guestKey: key }),
    },
    ...(hasOther
      ? [
          {
            label: 'Migrate to another cluster…',
            icon: 'arrow' as const,
            offBecause: offMove,
            run: () => openDialog({ kind: 'remote-migrate', guestKey: key }),
          },
        ]
      : []),
    {
      label: 'Back up now…',
      icon: 'box',
      offBecause: whyNot(guest.clusterId, needs.backup(guest.vmid)),
      run: () => openDialog({ kind: 'backup', guestKey: key }),
    },
    { label: 'Restore files…', icon: 'file', run: () => openDialog({ kind: 'restore-files', guestKey: key }) },
  ];
}

/** What can be done with a guest now, for menus and the palette. */
export function guestActions(guest: Guest, guessesSpice = false): readonly MenuGroup[] {
  const target = targetOf(guest);
  const isMachine = guest.type === 'qemu';
  const offBecause = whyNoConsole(target);
  const consoles: MenuItem[] = [
    ...(isOffered(target, 'vnc')
      ? [
          {
            label: 'Open its screen',
            icon: 'vm' as const,
            offBecause,
            run: () => openConsole({ target, view: 'vnc' as const }),
          },
        ]
      : []),
    ...(isOffered(target, 'terminal')
      ? [
          {
            label: 'Open its terminal',
            icon: 'terminal' as const,
            offBecause,
            run: () => openConsole({ target, view: 'terminal' as const }),
          },
        ]
      : []),
  ];
  const usual = isMachine ? consoles : [...consoles].reverse();
  const beside: MenuItem = {
    label: 'Open beside',
    icon: 'split',
    offBecause,
    run: () => openConsole({ target, view: usualView(target) }, { beside: true }),
  };
  return [
    ...(guest.isTemplate
      ? []
      : [{ items: [...usual, beside, ...viewerItems(guest, guessesSpice)] }, { items: powerItems(guest) }]),
    { items: startItems(guest) },
    {
      items: [
        { label: `Copy its ID, ${guest.vmid}`, icon: 'copy', run: () => void copy(String(guest.vmid), 'ID') },
        { label: 'Copy its name', run: () => void copy(guest.name, 'name') },
      ],
    },
  ];
}
