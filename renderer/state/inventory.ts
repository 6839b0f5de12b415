import { create } from 'zustand';

import type { Guest, InventoryChange, Node } from '../../shared/model/inventory.ts';
import { isSame } from './same.ts';

export interface Inventory {
  /** By `nodeKey`. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** By `guestKey`. */
  readonly guests: ReadonlyMap<string, Guest>;
  /** Clusters whose inventory has arrived. Of others there may be what was seen last. */
  readonly known: ReadonlySet<string>;
  /** Grows when a row appears, vanishes, moves or gets another name. The tree is rebuilt then. */
  readonly shape: number;
  /** Grows when something changed that a filter looks at: state, tags, lock. */
  readonly marks: number;
}

export const emptyInventory: Inventory = {
  nodes: new Map(),
  guests: new Map(),
  known: new Set(),
  shape: 0,
  marks: 0,
};

export const nodeKey = (clusterId: string, name: string) => `${clusterId}/node/${name}`;
export const guestKey = (clusterId: string, id: string) => `${clusterId}/${id}`;

const shapeOf = (guest: Guest) => `${guest.node}\n${guest.vmid}\n${guest.name}\n${guest.type}`;
const marksOf = (guest: Guest) => `${guest.state}\n${guest.lock ?? ''}\n${guest.isTemplate}\n${guest.tags.join(' ')}`;

/**
 * Applies what changed. What is equal by value keeps its identity, also in a `full` change, so that only the rows of
 * changed guests are painted again.
 */
export function applyInventoryChange(before: Inventory, change: InventoryChange): Inventory {
  const nodes = new Map(before.nodes);
  const guests = new Map(before.guests);
  let shape = before.known.has(change.clusterId) ? 0 : 1;
  let marks = shape;

  if (change.full) {
    const kept = new Set<string>();
    for (const node of change.nodes) kept.add(nodeKey(change.clusterId, node.name));
    for (const guest of change.guests) kept.add(guestKey(change.clusterId, guest.id));
    shape += dropOthers(nodes, change.clusterId, kept) + dropOthers(guests, change.clusterId, kept);
  }
  for (const name of change.removedNodes) if (nodes.delete(nodeKey(change.clusterId, name))) shape++;
  for (const id of change.removedGuests) if (guests.delete(guestKey(change.clusterId, id))) shape++;

  for (const node of change.nodes) {
    const key = nodeKey(change.clusterId, node.name);
    const old = nodes.get(key);
    if (old && isSame(old, node)) continue;
    if (!old) shape++;
    if (old?.state !== node.state) marks++;
    nodes.set(key, node);
  }
  for (const guest of change.guests) {
    const key = guestKey(change.clusterId, guest.id);
    const old = guests.get(key);
    if (old && isSame(old, guest)) continue;
    if (!old || shapeOf(old) !== shapeOf(guest)) shape++;
    if (!old || marksOf(old) !== marksOf(guest)) marks++;
    guests.set(key, guest);
  }
  return {
    nodes,
    guests,
    known: before.known.has(change.clusterId) ? before.known : new Set([...before.known, change.clusterId]),
    shape: before.shape + shape,
    marks: before.marks + marks + shape,
  };
}

function dropOthers(
  map: Map<string, { readonly clusterId: string }>,
  clusterId: string,
  kept: ReadonlySet<string>,
): number {
  let dropped = 0;
  for (const [key, value] of map) {
    if (value.clusterId !== clusterId || kept.has(key)) continue;
    map.delete(key);
    dropped++;
  }
  return dropped;
}

/** Forgets clusters that are gone from the list. */
export function keepClusters(before: Inventory, ids: ReadonlySet<string>): Inventory {
  const all = [...before.nodes.values(), ...before.guests.values()];
  if ([...before.known].every((id) => ids.has(id)) && all.every(({ clusterId }) => ids.has(clusterId))) return before;
  const only = <T extends { readonly clusterId: string }>(map: ReadonlyMap<string, T>) =>
    new Map([...map].filter(([, value]) => ids.has(value.clusterId)));
  return {
    nodes: only(before.nodes),
    guests: only(before.guests),
    known: new Set([...before.known].filter((id) => ids.has(id))),
    shape: before.shape + 1,
    marks: before.marks + 1,
  };
}

export const useInventory = create<Inventory>()(() => emptyInventory);

export const useGuest = (key: string) => useInventory((inventory) => inventory.guests.get(key));
export const useNode = (key: string) => useInventory((inventory) => inventory.nodes.get(key));
