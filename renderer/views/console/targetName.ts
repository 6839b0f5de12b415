import type { ConsoleTarget } from '../../../shared/model/console.ts';
import { guestKey, useInventory } from '../../state/inventory.ts';

/** The guest's name, or the node's. */
export function targetName(target: ConsoleTarget): string {
  if (target.kind === 'node') return target.node;
  return (
    useInventory.getState().guests.get(guestKey(target.clusterId, target.guestId))?.name ??
    target.guestId.replace('/', ' ')
  );
}
