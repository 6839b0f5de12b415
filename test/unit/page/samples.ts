import type { Cluster } from '../../../shared/model/cluster.ts';
import type { Guest, InventoryChange, Node } from '../../../shared/model/inventory.ts';
import type { Task } from '../../../shared/model/task.ts';

export const clusterOf = (id: string, part: Partial<Cluster> = {}): Cluster => ({
  id,
  name: id,
  product: 'pve',
  address: `${id}.example:8006`,
  state: 'signed-in',
  ...part,
});

export const nodeOf = (clusterId: string, name: string): Node => ({ clusterId, name, state: 'online' });

export const guestOf = (clusterId: string, vmid: number, part: Partial<Guest> = {}): Guest => ({
  clusterId,
  id: `qemu/${vmid}`,
  type: 'qemu',
  vmid,
  name: `guest-${vmid}`,
  node: 'n1',
  state: 'running',
  isTemplate: false,
  tags: [],
  ...part,
});

export const changeOf = (clusterId: string, part: Partial<InventoryChange> = {}): InventoryChange => ({
  clusterId,
  full: false,
  nodes: [],
  guests: [],
  removedNodes: [],
  removedGuests: [],
  ...part,
});

export const taskOf = (clusterId: string, upid: string, part: Partial<Task> = {}): Task => ({
  clusterId,
  upid,
  node: 'n1',
  type: 'vzdump',
  vmid: 100,
  user: 'root@pam',
  state: 'running',
  startedAtMs: 1000,
  ...part,
});
