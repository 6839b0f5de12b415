import type { Guest, Node } from '../../../shared/model/inventory.ts';
import type { Resource } from '../api/schemas.ts';

export interface Snapshot {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly guests: ReadonlyMap<string, Guest>;
}

export const emptySnapshot: Snapshot = { nodes: new Map(), guests: new Map() };

/**
 * What `/cluster/resources` tells, in our words (PVE wire facts 2.1). A guest the server knows nothing about at the
 * moment (`unknown`) keeps the name it had.
 */
export function readResources(clusterId: string, resources: readonly Resource[], before: Snapshot): Snapshot {
  const nodes = new Map<string, Node>();
  const guests = new Map<string, Guest>();
  for (const resource of resources) {
    if (resource.type === 'node') {
      const node = readNode(clusterId, resource);
      if (node) nodes.set(node.name, node);
    } else if (resource.type === 'qemu' || resource.type === 'lxc') {
      const guest = readGuest(clusterId, resource.type, resource, before.guests.get(resource.id));
      if (guest) guests.set(guest.id, guest);
    }
  }
  return { nodes, guests };
}

export function readNode(clusterId: string, resource: Resource): Node | undefined {
  const { node: name, status } = resource;
  if (name === undefined) return undefined;
  const state = status === 'online' || status === 'offline' ? status : 'unknown';
  return { clusterId, name, state, ...usage(resource) };
}

export function readGuest(
  clusterId: string,
  type: Guest['type'],
  resource: Resource,
  before: Guest | undefined,
): Guest | undefined {
  const { vmid, node, id, lock } = resource;
  if (vmid === undefined || node === undefined) return undefined;
  return {
    clusterId,
    id,
    type,
    vmid,
    name: resource.name ?? before?.name ?? `${type === 'qemu' ? 'VM' : 'CT'} ${vmid}`,
    node,
    state: guestState(resource.status),
    isTemplate: resource.template,
    tags: (resource.tags ?? '').split(/[;, ]+/).filter((tag) => tag !== ''),
    ...(lock !== undefined && lock !== '' && { lock }),
    ...usage(resource),
  };
}

function guestState(status: string | undefined): Guest['state'] {
  if (status === 'running' || status === 'stopped' || status === 'paused') return status;
  return status === 'suspended' || status === 'prelaunch' ? 'paused' : 'unknown';
}

type Usage = Pick<Guest, 'cpu' | 'maxCpu' | 'memoryBytes' | 'maxMemoryBytes' | 'uptimeSeconds'>;

/** Processor load to a thousandth: more says nothing and would make every poll a change. */
function usage({ cpu, maxcpu, mem, maxmem, uptime }: Resource): Usage {
  return {
    ...(cpu !== undefined && { cpu: Math.round(cpu * 1000) / 1000 }),
    ...(maxcpu !== undefined && { maxCpu: maxcpu }),
    ...(mem !== undefined && { memoryBytes: mem }),
    ...(maxmem !== undefined && { maxMemoryBytes: maxmem }),
    ...(uptime !== undefined && { uptimeSeconds: uptime }),
  };
}
