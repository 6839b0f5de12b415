import { expect, it } from 'vitest';

import type { Resource } from '../../../electron/engine/api/schemas.ts';
import { diffSnapshots } from '../../../electron/engine/inventory/diff.ts';
import { emptySnapshot, readResources, type Snapshot } from '../../../electron/engine/inventory/readResources.ts';

const node: Resource = { type: 'node', id: 'node/pve1', node: 'pve1', status: 'online', template: false };
const guest = (change: Partial<Resource> = {}): Resource => ({
  type: 'qemu',
  id: 'qemu/100',
  vmid: 100,
  node: 'pve1',
  name: 'web',
  status: 'running',
  template: false,
  tags: 'a;b',
  cpu: 0.1,
  maxcpu: 4,
  mem: 50,
  maxmem: 1000,
  uptime: 100,
  ...change,
});

const read = (resources: Resource[], before: Snapshot = emptySnapshot) => readResources('c', resources, before);
const diff = (before: Snapshot, now: Snapshot) => diffSnapshots('c', before, now);

it('says nothing where nothing differs that a row would show', () => {
  const before = read([node, guest()]);
  const now = read([node, guest({ cpu: 0.104, mem: 55, uptime: 103 })]);
  expect(diff(before, now).change).toBeUndefined();
});

it('adds up small steps: what was not told is compared with what was', () => {
  const first = read([guest({ mem: 50 })]);
  const second = diff(first, read([guest({ mem: 57 })]));
  const third = diff(second.told, read([guest({ mem: 64 })]));
  expect(second.change).toBeUndefined();
  expect(third.change?.guests[0]?.memoryBytes).toBe(64);
});

it.each([
  ['state', { status: 'stopped' }],
  ['node', { node: 'pve2' }],
  ['name', { name: 'other' }],
  ['lock', { lock: 'backup' }],
  ['tags', { tags: 'a' }],
  ['processor load', { cpu: 0.2 }],
  ['a restart', { uptime: 1 }],
])('tells a change of %s', (_what, change) => {
  const before = read([guest()]);
  expect(diff(before, read([guest(change)])).change?.guests).toHaveLength(1);
});

it('tells what is gone', () => {
  const before = read([node, guest()]);
  expect(diff(before, read([node])).change).toMatchObject({ removedGuests: ['qemu/100'], guests: [], nodes: [] });
});

it('keeps the name of a guest the server knows nothing about for a moment', () => {
  const before = read([guest()]);
  const now = read([guest({ name: undefined, status: 'unknown' })], before);
  expect(now.guests.get('qemu/100')).toMatchObject({ name: 'web', state: 'unknown' });
  expect(read([guest({ name: undefined })]).guests.get('qemu/100')?.name).toBe('VM 100');
});

it('ignores types it does not know', () => {
  expect(read([{ type: 'sdn', id: 'sdn/x', template: false }]).guests.size).toBe(0);
});
