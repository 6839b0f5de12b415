import { describe, expect, it } from 'vitest';

import { ChangeLog } from '../../../electron/engine/changeLog.ts';

const inventory = (...removedGuests: string[]) => ({
  clusterId: 'c',
  full: false,
  nodes: [],
  guests: [],
  removedNodes: [],
  removedGuests,
});
const numbers = (log: ChangeLog, after: number) => log.since(after)?.map(({ sequence }) => sequence);

describe('the log of changes', () => {
  it('tells what came after a number, in order and without a gap', () => {
    const log = new ChangeLog('e');
    for (let i = 0; i < 5; i += 1) log.add('inventory.changed', inventory(`${i}`));
    expect(numbers(log, 2)).toEqual([3, 4, 5]);
    expect(numbers(log, 5)).toEqual([]);
    expect(log.sequence).toBe(5);
  });

  it('forgets the oldest at its bound, and then says that it cannot tell', () => {
    const log = new ChangeLog('e', 10);
    for (let i = 0; i < 100; i += 1) log.add('inventory.changed', inventory(`${i}`));
    expect(log.keptItems).toBeLessThanOrEqual(10);
    expect(numbers(log, 95)).toEqual([96, 97, 98, 99, 100]);
    expect(numbers(log, 94)).toBeUndefined();
    expect(numbers(log, 1)).toBeUndefined();
  });

  it('keeps nothing of a change that is larger than its bound', () => {
    const log = new ChangeLog('e', 10);
    log.add('inventory.changed', inventory('a'));
    log.add('inventory.changed', inventory(...Array.from({ length: 50 }, (_, i) => `${i}`)));
    expect(log.keptItems).toBe(0);
    expect(numbers(log, 1)).toBeUndefined();
    expect(numbers(log, 2)).toEqual([]);
  });

  it('keeps the newest only of what tells the whole of its subject', () => {
    const log = new ChangeLog('e', 10);
    for (let i = 0; i < 50; i += 1) log.add('clusters.changed', { clusters: [] });
    log.add('inventory.changed', inventory('a'));
    expect(numbers(log, 1)).toEqual([50, 51]);
    expect(log.keptItems).toBe(3);
  });

  it('does not know numbers that it never gave', () => {
    const log = new ChangeLog('e');
    log.add('clusters.changed', { clusters: [] });
    expect(log.since(2)).toBeUndefined();
  });
});
