import type { Guest } from '../../../shared/model/inventory.ts';
import { useTasks } from '../../state/tasks.ts';

export { useGuest, useNode } from '../../state/inventory.ts';

/** The running task that holds a guest. */
export const useGuestTaskOf = (guest: Guest | undefined) =>
  useTasks(({ tasks, byGuest }) =>
    guest ? tasks.get(byGuest.get(`${guest.clusterId}/${guest.vmid}`) ?? '') : undefined,
  );
