import type { Guest } from '../../../shared/model/inventory.ts';
import { useClusters } from '../../state/clusters.ts';
import { useInventory } from '../../state/inventory.ts';
import { useTasks } from '../../state/tasks.ts';

export { useGuest, useNode } from '../../state/inventory.ts';

/** The running task that holds a guest. */
export const useGuestTaskOf = (guest: Guest | undefined) =>
  useTasks(({ tasks, byGuest }) =>
    guest ? tasks.get(byGuest.get(`${guest.clusterId}/${guest.vmid}`) ?? '') : undefined,
  );

/** Whether the cluster answers and has told its inventory, so that what is shown is so now. */
export function useIsAsked(clusterId: string | undefined): boolean {
  const isKnown = useInventory(({ known }) => clusterId !== undefined && known.has(clusterId));
  const isAnswering = useClusters(({ list }) => {
    const state = list.find((cluster) => cluster.id === clusterId)?.state;
    return state === 'signed-in' || state === 'connecting';
  });
  return isKnown && isAnswering;
}
