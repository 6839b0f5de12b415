import { describe, expect, it } from 'vitest';

import { applyInventoryChange, emptyInventory } from '../../../renderer/state/inventory.ts';
import { buildTree, parentOf, type TreeQuery } from '../../../renderer/state/treeModel.ts';
import { moveInTree, TypeAhead } from '../../../renderer/views/inventory/treeKeys.ts';
import { changeOf, clusterOf, guestOf, nodeOf } from './samples.ts';

const inventory = applyInventoryChange(
  emptyInventory,
  changeOf('north', {
    full: true,
    nodes: [nodeOf('north', 'n10'), nodeOf('north', 'n2')],
    guests: [
      guestOf('north', 202, { node: 'n2', name: 'web-b', state: 'stopped', tags: ['web'] }),
      guestOf('north', 201, { node: 'n2', name: 'web-a', tags: ['web', 'prod'] }),
      guestOf('north', 301, { node: 'n10', name: 'db', state: 'paused' }),
    ],
  }),
);
const clusters = [clusterOf('north'), clusterOf('lab', { state: 'signed-out' })];
const all: TreeQuery = { filter: 'all', text: '', folded: new Set(), open: new Set() };
const keys = (query: Partial<TreeQuery> = {}) =>
  buildTree(clusters, inventory, { ...all, ...query }).map((row) => row.key);

describe('the tree', () => {
  it('orders nodes as people count and guests by number', () => {
    expect(keys()).toEqual([
      'north',
      'north/node/n2',
      'north/qemu/201',
      'north/qemu/202',
      'north/node/n10',
      'north/qemu/301',
      'lab',
    ]);
  });

  it('tells level, place and size of each set', () => {
    const row = buildTree(clusters, inventory, all).find(({ key }) => key === 'north/qemu/202');
    expect(row).toMatchObject({ level: 3, position: 2, setSize: 2, isExpanded: undefined });
  });

  it('hides what is folded, and opens it again while a filter is on', () => {
    const folded = new Set(['north/node/n2']);
    expect(keys({ folded })).not.toContain('north/qemu/201');
    expect(keys({ folded, text: 'web-a' })).toEqual(['north', 'north/node/n2', 'north/qemu/201']);
  });

  it.each([
    [{ filter: 'running' as const }, ['north/qemu/201']],
    [{ filter: 'attention' as const }, ['north/qemu/301']],
    [{ filter: 'open' as const, open: new Set(['north/qemu/202']) }, ['north/qemu/202']],
    [{ text: 'WEB prod' }, ['north/qemu/201']],
    [{ text: '301' }, ['north/qemu/301']],
    [{ text: 'stopped' }, ['north/qemu/202']],
  ])('shows only what fits %o, with what it belongs to', (query, guests) => {
    expect(keys(query).filter((key) => key.includes('qemu'))).toEqual(guests);
  });

  it('is empty where nothing fits', () => {
    expect(keys({ text: 'nothing' })).toEqual([]);
  });
});

describe('keys in the tree', () => {
  const rows = buildTree(clusters, inventory, all);

  it.each([
    ['ArrowDown', 0, { kind: 'stand', at: 1 }],
    ['ArrowDown', 6, { kind: 'stand', at: 6 }],
    ['ArrowUp', 0, { kind: 'stand', at: 0 }],
    ['Home', 4, { kind: 'stand', at: 0 }],
    ['End', 1, { kind: 'stand', at: 6 }],
    ['PageDown', 1, { kind: 'stand', at: 4 }],
    ['ArrowLeft', 3, { kind: 'stand', at: 1 }],
    ['ArrowLeft', 1, { kind: 'fold', isFolded: true }],
    ['ArrowRight', 1, { kind: 'stand', at: 2 }],
    ['ArrowRight', 2, undefined],
    ['Tab', 2, undefined],
  ] as const)('%s on row %i', (key, at, move) => {
    expect(moveInTree(key, rows, at, 3)).toEqual(move);
  });

  it('opens a folded row before it goes into it', () => {
    const folded = buildTree(clusters, inventory, { ...all, folded: new Set(['north']) });
    expect(moveInTree('ArrowRight', folded, 0, 3)).toEqual({ kind: 'fold', isFolded: false });
  });

  it('knows the row above one level up', () => {
    expect([parentOf(rows, 3), parentOf(rows, 1), parentOf(rows, 0)]).toEqual([1, 0, 0]);
  });

  it('finds rows by their first letters, goes round on a repeated letter, and starts over after a pause', () => {
    const names = ['north', 'n2', 'web-a', 'web-b', 'n10', 'db'];
    const typed = new TypeAhead();
    expect(typed.find('w', names, 0, 0)).toBe(2);
    expect(typed.find('w', names, 2, 100)).toBe(3);
    expect(typed.find('n', names, 3, 2000)).toBe(4);
    expect(typed.find('2', names, 4, 2100)).toBe(1);
    expect(typed.find('d', names, 1, 2200)).toBe(5); // no row starts with n2d: another word begins
    expect(typed.find('x', names, 5, 5000)).toBe(-1);
  });
});
