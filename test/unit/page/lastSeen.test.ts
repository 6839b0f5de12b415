import { beforeEach, describe, expect, it } from 'vitest';

import { useClusters } from '../../../renderer/state/clusters.ts';
import { emptyInventory, guestKey, nodeKey, useInventory } from '../../../renderer/state/inventory.ts';
import { seenNow, showLastSeen } from '../../../renderer/state/lastSeen.ts';
import { clusterOf, guestOf, nodeOf } from './samples.ts';

const inventoryOf = (ids: readonly string[], guests = 3) => ({
  nodes: new Map(ids.map((id) => [nodeKey(id, 'n1'), nodeOf(id, 'n1')])),
  guests: new Map(
    ids.flatMap((id) =>
      Array.from({ length: guests }, (_, at) => {
        const guest = guestOf(id, 100 + at, { tags: ['web', 'prod'], isTemplate: at === 1, cpu: 0.5 });
        return [guestKey(id, guest.id), guest] as const;
      }),
    ),
  ),
});

/** What a window finds in its storage. */
function keep(value: unknown): void {
  const items = new Map([['sluice.seen', typeof value === 'string' ? value : JSON.stringify(value)]]);
  Object.assign(globalThis, { localStorage: { getItem: (name: string) => items.get(name) ?? null } });
}

describe('what a window showed last', () => {
  beforeEach(() => {
    useClusters.setState({ list: [], isKnown: false });
    useInventory.setState(emptyInventory);
  });

  it('comes back as what nobody has been asked about yet', () => {
    const clusters = [clusterOf('north'), clusterOf('south', { state: 'certificate-changed' })];
    keep(seenNow({ list: clusters }, inventoryOf(['north', 'south'])));
    showLastSeen();
    expect(useClusters.getState()).toMatchObject({
      isKnown: false,
      list: [
        { id: 'north', state: 'connecting' },
        { id: 'south', state: 'certificate-changed' },
      ],
    });
    const { guests, nodes, known } = useInventory.getState();
    expect([guests.size, nodes.size, known.size]).toEqual([6, 2, 0]);
    const { cpu, ...kept } = guestOf('north', 101, { tags: ['web', 'prod'], isTemplate: true, cpu: 0.5 });
    expect(guests.get(guestKey('north', 'qemu/101'))).toEqual(kept);
    expect(cpu).toBe(0.5);
  });

  it('has no guest of a server that was signed out of, nothing of a demo, and no secret or fingerprint', () => {
    const clusters = [
      clusterOf('north', {
        state: 'signed-out',
        error: { code: 'session-expired', message: 'secret', retry: 'never' },
      }),
      clusterOf('demo', { isDemo: true }),
    ];
    const seen = seenNow({ list: clusters }, inventoryOf(['north', 'demo']));
    expect(seen.clusters.map(({ id }) => id)).toEqual(['north']);
    expect(Object.keys(seen.clusters[0] ?? {}).sort()).toEqual(['address', 'id', 'name', 'product', 'state']);
    expect([seen.nodes, seen.guests]).toEqual([[], []]);
  });

  it('keeps clusters alone of more than 2,000 guests', () => {
    const seen = seenNow({ list: [clusterOf('north')] }, inventoryOf(['north'], 2_001));
    expect([seen.clusters.length, seen.nodes.length, seen.guests.length]).toEqual([1, 0, 0]);
    expect(seenNow({ list: [clusterOf('north')] }, inventoryOf(['north'], 2_000)).guests).toHaveLength(2_000);
  });

  it('is empty where something else was written there', () => {
    for (const other of ['{', '[]', '{"clusters":[{"id":1}],"nodes":[],"guests":[]}']) {
      keep(other);
      showLastSeen();
      expect(useClusters.getState().list).toEqual([]);
    }
    const clusters = [clusterOf('north')];
    keep({ clusters, nodes: ['', 'north\nn1\nburning'], guests: ['north\nqemu/1\nqemu\nx\nname\nn1\nrunning', 'a'] });
    showLastSeen();
    expect([useInventory.getState().guests.size, useInventory.getState().nodes.size]).toEqual([0, 0]);
  });
});
