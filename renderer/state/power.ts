import { create } from 'zustand';

import type { Guest, PowerAction } from '../../shared/model/inventory.ts';
import type { Task } from '../../shared/model/task.ts';
import { guestKey } from './inventory.ts';
import { useTasks } from './tasks.ts';

/** Guests, by `guestKey`, that a power action was asked for and not answered yet. */
const useAsked = create<{ readonly asked: ReadonlyMap<string, PowerAction> }>()(() => ({ asked: new Map() }));

const startTypes: ReadonlySet<string> = new Set(['qmstart', 'vzstart']);

/** Notes that an action is being asked for, until its answer is there. */
export async function whileAsked<T>(guest: Guest, action: PowerAction, work: () => Promise<T>): Promise<T> {
  const key = guestKey(guest.clusterId, guest.id);
  const put = (now: PowerAction | undefined) =>
    useAsked.setState(({ asked }) => {
      const after = new Map(asked);
      if (now) after.set(key, now);
      else after.delete(key);
      return { asked: after };
    });
  put(action);
  try {
    return await work();
  } finally {
    put(undefined);
  }
}

/** A start was asked for or its task runs: asking again would only fail. */
export function isStarting(guest: Guest): boolean {
  return (
    guest.state === 'stopped' &&
    (useAsked.getState().asked.get(guestKey(guest.clusterId, guest.id)) === 'start' ||
      startsIn(useTasks.getState().tasks.values(), guest))
  );
}

export function useIsStarting(guest: Guest | undefined): boolean {
  useAsked(({ asked }) => (guest ? asked.get(guestKey(guest.clusterId, guest.id)) : undefined));
  useTasks(({ tasks }) => guest !== undefined && startsIn(tasks.values(), guest));
  return guest !== undefined && isStarting(guest);
}

function startsIn(tasks: Iterable<Task>, guest: Guest): boolean {
  for (const { clusterId, vmid, state, type } of tasks) {
    if (state === 'running' && vmid === guest.vmid && clusterId === guest.clusterId && startTypes.has(type))
      return true;
  }
  return false;
}
