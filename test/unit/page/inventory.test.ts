import { describe, expect, it } from 'vitest';

import { applyInventoryChange, emptyInventory, guestKey, keepClusters } from '../../../renderer/state/inventory.ts';
import { mergeClusters } from '../../../renderer/state/clusters.ts';
import { changeOf, clusterOf, guestOf, nodeOf } from './samples.ts';

const many = (count: number) => Array.from({ length: count }, (_, at) => guestOf('north', 100 + at));
const filled = (count = 20) =>
  applyInventoryChange(
    emptyInventory,
    changeOf('north', { full: true, nodes: [nodeOf('north', 'n1')], guests: many(count) }),
  );

describe('inventory changes', () => {
  it('change 10 of 5,000 guests and leave 4,990 as the very same objects', () => {
    const before = filled(5000);
    const guests = many(10).map((guest) => ({ ...guest, cpu: 0.5 }));
    const after = applyInventoryChange(before, changeOf('north', { guests }));
    const changed = [...after.guests].filter(([key, guest]) => before.guests.get(key) !== guest);
    expect(changed).toHaveLength(10);
    expect(after.guests.size).toBe(5000);
  });

  it('keep what is equal by value also in a full change, as after a reconnect', () => {
    const before = filled();
    const after = applyInventoryChange(
      before,
      changeOf('north', { full: true, nodes: [nodeOf('north', 'n1')], guests: many(20) }),
    );
    expect([...after.guests.values()].every((guest) => before.guests.get(guestKey('north', guest.id)) === guest)).toBe(
      true,
    );
    expect([after.shape, after.marks]).toEqual([before.shape, before.marks]);
  });

  it('build the tree anew for a name, a node or a row, and not for a load figure or a state', () => {
    const before = filled();
    const shapeAfter = (part: Parameters<typeof changeOf>[1]) =>
      applyInventoryChange(before, changeOf('north', part)).shape - before.shape;
    expect(shapeAfter({ guests: [guestOf('north', 100, { cpu: 0.9, memoryBytes: 5 })] })).toBe(0);
    expect(shapeAfter({ guests: [guestOf('north', 100, { state: 'stopped' })] })).toBe(0);
    expect(shapeAfter({ guests: [guestOf('north', 100, { name: 'other' })] })).toBe(1);
    expect(shapeAfter({ guests: [guestOf('north', 100, { node: 'n2' })] })).toBe(1);
    expect(shapeAfter({ guests: [guestOf('north', 999)] })).toBe(1);
    expect(shapeAfter({ removedGuests: ['qemu/100', 'qemu/unknown'] })).toBe(1);
  });

  it('tell filters of a state, a lock and a tag', () => {
    const before = filled();
    for (const part of [{ state: 'paused' as const }, { lock: 'migrate' }, { tags: ['prod'] }]) {
      const after = applyInventoryChange(before, changeOf('north', { guests: [guestOf('north', 100, part)] }));
      expect(after.marks).toBeGreaterThan(before.marks);
    }
  });

  it('replace one cluster in full and leave the others', () => {
    let inventory = applyInventoryChange(filled(), changeOf('south', { full: true, guests: [guestOf('south', 1)] }));
    inventory = applyInventoryChange(inventory, changeOf('north', { full: true, guests: [guestOf('north', 7)] }));
    expect([...inventory.guests.keys()].sort()).toEqual(['north/qemu/7', 'south/qemu/1']);
    expect(inventory.nodes.size).toBe(0);
  });

  it('forget a cluster that is gone from the list', () => {
    const both = applyInventoryChange(filled(), changeOf('south', { full: true, guests: [guestOf('south', 1)] }));
    const left = keepClusters(both, new Set(['south']));
    expect([...left.guests.keys()]).toEqual(['south/qemu/1']);
    expect(keepClusters(left, new Set(['south']))).toBe(left);
  });
});

describe('the list of clusters', () => {
  it('keeps its identity while nothing changed, and that of equal clusters when one did', () => {
    const before = [clusterOf('a'), clusterOf('b')];
    expect(mergeClusters(before, [clusterOf('a'), clusterOf('b')])).toBe(before);
    const after = mergeClusters(before, [clusterOf('a'), clusterOf('b', { state: 'unreachable' })]);
    expect(after[0]).toBe(before[0]);
    expect(after[1]?.state).toBe('unreachable');
  });
});
