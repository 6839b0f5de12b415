import { isReplicationRun } from '../../shared/codec/task/upid.ts';
import { create } from 'zustand';

import type { ConsoleTarget } from '../../shared/model/console.ts';
import type { Guest } from '../../shared/model/inventory.ts';
import { missing, type Need, needs, type PrivilegeTree } from '../../shared/model/privileges.ts';
import type { Task } from '../../shared/model/task.ts';
import { clusterById } from './clusters.ts';

/** By cluster. A cluster that is not in it has not told: everything is offered. */
export const usePrivileges = create<{ readonly trees: ReadonlyMap<string, PrivilegeTree> }>()(() => ({
  trees: new Map(),
}));

export function setPrivileges(clusterId: string, tree: PrivilegeTree | undefined): void {
  const trees = new Map(usePrivileges.getState().trees);
  if (tree) trees.set(clusterId, tree);
  else trees.delete(clusterId);
  usePrivileges.setState({ trees });
}

export function keepPrivilegesOf(clusterIds: ReadonlySet<string>): void {
  const { trees } = usePrivileges.getState();
  if ([...trees.keys()].every((id) => clusterIds.has(id))) return;
  usePrivileges.setState({ trees: new Map([...trees].filter(([id]) => clusterIds.has(id))) });
}

/** Why something can't be done: `needs VM.Migrate on /vms/100`. Undefined where nothing is missing. */
export function whyNot(clusterId: string, ...wanted: readonly Need[]): string | undefined {
  const lacks = missing(usePrivileges.getState().trees.get(clusterId), ...wanted);
  return lacks && `needs ${lacks}`;
}

/** Of a Datacenter Manager's remote: `north/qemu/100` and `north/pve1`. */
function needThrough(target: Exclude<ConsoleTarget, { kind: 'endpoint' }>): Need | undefined {
  const parts = (target.kind === 'node' ? target.node : target.guestId).split('/');
  const [remote = '', second = '', vmid] = parts;
  if (target.kind === 'node') return parts.length === 2 ? needs.managedNode(remote, second) : undefined;
  return vmid === undefined ? undefined : needs.managedGuest(remote, vmid);
}

const numberOf = (guestId: string) => guestId.replace(/^.*\//, '');

/** Nothing, for a screen that belongs to no cluster. */
export const consoleNeed = (target: Exclude<ConsoleTarget, { kind: 'endpoint' }>): Need =>
  needThrough(target) ??
  (target.kind === 'node' ? needs.consoleOfNode(target.node) : needs.consoleOfGuest(numberOf(target.guestId)));

export const whyNoConsole = (target: ConsoleTarget) =>
  target.kind === 'endpoint' ? undefined : whyNot(target.clusterId, consoleNeed(target));
/** What a Datacenter Manager asks for is its own affair. */
export const whyNoPower = (guest: Guest) =>
  guest.remote === undefined ? whyNot(guest.clusterId, needs.power(guest.vmid)) : undefined;

/** One's own tasks may always be stopped. */
export function whyNoStop(task: Pick<Task, 'clusterId' | 'node' | 'user' | 'upid'>): string | undefined {
  if (isReplicationRun(task.upid)) return 'has to be done by turning its job off in the cluster';
  const cluster = clusterById(task.clusterId);
  const isOwn = cluster?.user === task.user || cluster?.product !== 'pve'; // the others have rules of their own
  return isOwn ? undefined : whyNot(task.clusterId, needs.stopTaskOf(task.node));
}
