import type { Guest } from '../../../shared/model/inventory.ts';

/** By name, number or ID. Throws, in one sentence, where that is none or several. */
export function findGuest(guests: readonly Guest[], wanted: string): Guest {
  const same = guests.filter(({ id, name, vmid }) => [id, name, String(vmid)].includes(wanted));
  const [only] = same;
  if (only && same.length === 1) return only;
  if (only) throw new Error(`Several guests are called '${wanted}'. Name one by its number.`);
  throw new Error(`The cluster has no guest '${wanted}', or this user may not see it.`);
}
