import * as z from 'zod/mini';

export const nodeState = z.enum(['online', 'offline', 'unknown']);

/** A machine of a cluster. */
export const node = z.object({
  clusterId: z.string(),
  name: z.string(),
  /** Of a Datacenter Manager: which of its remotes. The name begins with it, `north/pve1`. */
  remote: z.optional(z.string()),
  state: nodeState,
  /** 0..1 of all processors. Absent without the privilege to see it. */
  cpu: z.optional(z.number()),
  maxCpu: z.optional(z.number()),
  memoryBytes: z.optional(z.number()),
  maxMemoryBytes: z.optional(z.number()),
  uptimeSeconds: z.optional(z.number()),
});
export type Node = z.infer<typeof node>;

export const guestType = z.enum(['qemu', 'lxc']);
export const guestState = z.enum(['running', 'stopped', 'paused', 'unknown']);
export type GuestState = z.infer<typeof guestState>;

export const guest = z.object({
  clusterId: z.string(),
  /** `qemu/100`, of a Datacenter Manager's remote `north/qemu/100`: unique in its cluster and stable when it moves to another node. */
  id: z.string(),
  type: guestType,
  vmid: z.number(),
  name: z.string(),
  node: z.string(),
  /** Of a Datacenter Manager: which of its remotes. */
  remote: z.optional(z.string()),
  state: guestState,
  isTemplate: z.boolean(),
  tags: z.array(z.string()),
  /** The server's lock, such as `migrate` or `backup`. */
  lock: z.optional(z.string()),
  cpu: z.optional(z.number()),
  maxCpu: z.optional(z.number()),
  memoryBytes: z.optional(z.number()),
  maxMemoryBytes: z.optional(z.number()),
  uptimeSeconds: z.optional(z.number()),
});
export type Guest = z.infer<typeof guest>;

/** What changed in one cluster. `full` replaces all that was known of it. */
export const inventoryChange = z.object({
  clusterId: z.string(),
  full: z.boolean(),
  nodes: z.array(node),
  guests: z.array(guest),
  removedNodes: z.array(z.string()),
  removedGuests: z.array(z.string()),
});
export type InventoryChange = z.infer<typeof inventoryChange>;

export const powerAction = z.enum(['start', 'shutdown', 'reboot', 'stop', 'reset', 'suspend', 'resume']);
export type PowerAction = z.infer<typeof powerAction>;

/** What a Datacenter Manager passes on to guests of its remotes (facts 10). */
export const managedPowerActions: Readonly<Record<Guest['type'], readonly PowerAction[]>> = {
  qemu: ['start', 'shutdown', 'stop', 'resume'],
  lxc: ['start', 'shutdown', 'stop'],
};
