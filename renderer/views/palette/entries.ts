import { isConsoleTask, orderTasks, taskKey, useTasks } from '../../state/tasks.ts';
import { describeTask } from '../../state/taskWords.ts';
import { clusterById } from '../../state/clusters.ts';
import { openUsualConsole, targetOf } from '../../state/dock.ts';
import { useInventory } from '../../state/inventory.ts';
import { notify } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { runCommand } from '../../commands/command.ts';
import { commands } from '../../commands/commands.ts';
import { showStarted } from '../monitor/taskPlaces.ts';
import { taskLook } from '../monitor/taskLook.ts';
import { guestActions } from '../guestActions.ts';
import { guestLook } from '../inventory/guestLook.ts';
import type { Entry, Found } from './entry.ts';
import { matchText } from './match.ts';

const prefixes = { '@': 'Guests', '#': 'Tasks', '>': 'Commands' } as const;
/** So many of a kind with others beside it, and alone. */
const MOST_EACH = 6;
const MOST_ALONE = 60;

function guestEntries(beside: boolean): Entry[] {
  return [...useInventory.getState().guests].flatMap(([key, guest]): Entry[] => {
    if (guest.isTemplate) return [];
    const look = guestLook(guest, undefined);
    const cluster = clusterById(guest.clusterId)?.name ?? '';
    return [
      {
        id: key,
        group: 'Guests',
        icon: guest.type === 'qemu' ? 'vm' : 'container',
        title: guest.name,
        sub: `${cluster}, ${guest.vmid} on ${guest.node}`,
        state: { word: look.said, icon: look.icon, color: look.color },
        run: () => openUsualConsole(targetOf(guest), { beside }),
        others: () =>
          guestActions(guest, true)
            .flatMap((group) => group.items)
            .map((item) => ({
              id: `${key} ${item.label}`,
              group: 'Actions',
              icon: item.icon ?? 'copy',
              iconColor: item.isDanger ? 'bad' : undefined,
              title: item.label,
              sub: item.offBecause ? `${guest.name}, ${item.offBecause}` : guest.name,
              run: item.offBecause
                ? () => notify({ kind: 'info', text: `${item.label}: ${item.offBecause}.` })
                : item.run,
            })),
      },
    ];
  });
}

function commandEntries(): Entry[] {
  return commands()
    .filter(({ isOff, isMinor }) => !isOff && !isMinor)
    .map((command) => {
      const { id, title, icon, keys } = command;
      return { id: `command ${id}`, group: 'Commands', icon, title, keys, run: () => runCommand(command) };
    });
}

function taskEntries(): Entry[] {
  const shown = [...useTasks.getState().tasks.values()].filter((task) => !isConsoleTask(task));
  return orderTasks(shown).map((task) => {
    const look = taskLook(task);
    const words = describeTask(task);
    const key = taskKey(task.clusterId, task.upid);
    return {
      id: key,
      group: 'Tasks',
      icon: look.icon,
      iconColor: look.color,
      title: words.title,
      sub: words.place,
      state: {
        word: look.word.toLowerCase(),
        color: look.color === 'bad' || look.color === 'warn' ? look.color : 'mid',
      },
      run: () => showStarted(key),
    };
  });
}

/** What is typed may be an address itself. */
function addressEntries(query: string): Entry[] {
  if (!/^(vnc|spice|spice\+tls|wss?|tcp|tls):\/\/.|^unix:./i.test(query)) return [];
  const run = () => openDialog({ kind: 'address', address: query });
  return [{ id: 'address', group: 'Commands', icon: 'outside', title: `Open ${query}…`, run }];
}

/** What fits the text, best first within its group; the group with the best match stands first. */
export function findEntries(text: string, beside: boolean): Found[] {
  const only = prefixes[text[0] as keyof typeof prefixes];
  const query = (only ? text.slice(1) : text).trim();
  const wants = (group: Entry['group']) => only === undefined || only === group;
  const pools: Entry[][] = [
    only ? [] : addressEntries(query),
    wants('Guests') ? guestEntries(beside) : [],
    wants('Commands') && !beside ? commandEntries() : [],
    wants('Tasks') && !beside ? taskEntries() : [],
  ];
  const most = only ? MOST_ALONE : MOST_EACH;
  const found = pools.map((pool) => pick(pool, query).slice(0, most));
  const best = (list: readonly Found[]) => list[0]?.match.score ?? -1;
  return found.sort((a, b) => best(b) - best(a)).flat();
}

export function pick(pool: readonly Entry[], query: string): Found[] {
  return pool
    .flatMap((entry): Found[] => {
      const match = matchText(query, entry.title, entry.sub);
      return match ? [{ ...entry, match }] : [];
    })
    .sort((a, b) => b.match.score - a.match.score);
}
