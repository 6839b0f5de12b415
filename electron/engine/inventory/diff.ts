import type { Guest, InventoryChange, Node } from '../../../shared/model/inventory.ts';
import type { Snapshot } from './readResources.ts';

const CPU_STEP = 0.01; // a hundredth of all its processors is what a bar of 100 px can show
const MEMORY_STEP = 0.01; // of what it has
const UPTIME_STEP_SECONDS = 60; // shown in minutes

/**
 * What differs between two snapshots, worth a row's repaint. What is kept must be what the page knows, so the
 * snapshot to compare with next time is returned too: new where told, old where not. Undefined where nothing differs.
 */
export function diffSnapshots(
  clusterId: string,
  before: Snapshot,
  now: Snapshot,
): { change: InventoryChange | undefined; told: Snapshot } {
  const nodes = diffMaps(before.nodes, now.nodes, isSameNode);
  const guests = diffMaps(before.guests, now.guests, isSameGuest);
  const count = nodes.changed.length + guests.changed.length + nodes.removed.length + guests.removed.length;
  const told = { nodes: nodes.told, guests: guests.told };
  if (count === 0) return { change: undefined, told };
  const change = {
    clusterId,
    full: false,
    nodes: nodes.changed,
    guests: guests.changed,
    removedNodes: nodes.removed,
    removedGuests: guests.removed,
  };
  return { change, told };
}

/** Everything, for a page that knows nothing yet. */
export function fullChange(clusterId: string, { nodes, guests }: Snapshot): InventoryChange {
  return {
    clusterId,
    full: true,
    nodes: [...nodes.values()],
    guests: [...guests.values()],
    removedNodes: [],
    removedGuests: [],
  };
}

function diffMaps<T>(before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>, isSame: (a: T, b: T) => boolean) {
  const changed: T[] = [];
  const removed: string[] = [];
  const told = new Map<string, T>();
  for (const [key, value] of now) {
    const old = before.get(key);
    if (old !== undefined && isSame(old, value)) {
      told.set(key, old);
      continue;
    }
    changed.push(value);
    told.set(key, value);
  }
  for (const key of before.keys()) if (!now.has(key)) removed.push(key);
  return { changed, removed, told };
}

function isSameNode(a: Node, b: Node): boolean {
  return a.state === b.state && isSameUsage(a, b);
}

function isSameGuest(a: Guest, b: Guest): boolean {
  return (
    a.state === b.state &&
    a.node === b.node &&
    a.name === b.name &&
    a.lock === b.lock &&
    a.isTemplate === b.isTemplate &&
    a.tags.length === b.tags.length &&
    a.tags.every((tag, i) => tag === b.tags[i]) &&
    isSameUsage(a, b)
  );
}

type Usage = Pick<Guest, 'cpu' | 'maxCpu' | 'memoryBytes' | 'maxMemoryBytes' | 'uptimeSeconds'>;

function isSameUsage(a: Usage, b: Usage): boolean {
  return (
    a.maxCpu === b.maxCpu &&
    a.maxMemoryBytes === b.maxMemoryBytes &&
    isNear(a.cpu, b.cpu, CPU_STEP) &&
    isNear(a.memoryBytes, b.memoryBytes, MEMORY_STEP * (b.maxMemoryBytes ?? 0)) &&
    isNear(a.uptimeSeconds, b.uptimeSeconds, UPTIME_STEP_SECONDS) &&
    !hasRestarted(a, b)
  );
}

function hasRestarted(a: Usage, b: Usage): boolean {
  return (b.uptimeSeconds ?? 0) < (a.uptimeSeconds ?? 0);
}

function isNear(a: number | undefined, b: number | undefined, step: number): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || Math.abs(a - b) < step;
}
