import type { ConsoleTarget } from '../../../shared/model/console.ts';
import { guestKey, useInventory } from '../../state/inventory.ts';

/** The guest's name, the node's, or what a connection file called it. */
export function targetName(target: ConsoleTarget): string {
  if (target.kind === 'node') return target.node;
  if (target.kind === 'endpoint') return target.label;
  return (
    useInventory.getState().guests.get(guestKey(target.clusterId, target.guestId))?.name ??
    target.guestId.replace('/', ' ')
  );
}
