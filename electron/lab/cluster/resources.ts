import type { LabCluster } from './cluster.ts';
import type { LabGuest, LabNode } from './model.ts';
import { guestUsage, nodeUsage } from './usage.ts';

export type Row = Readonly<Record<string, string | number>>;

/**
 * One entry of `/cluster/resources` (PVE wire facts 2.1): there is no paused in it, and few fields while unknown.
 * Assignments and no spreads: thousands of rows are made a poll, and on Node 20 spreads take six times as long.
 */
const guestRow = (guest: LabGuest, nowMs: number): Row => {
  const row: Record<string, string | number> = {
    id: `${guest.type}/${guest.vmid}`,
    type: guest.type,
    vmid: guest.vmid,
    node: guest.node,
    status: guest.status,
  };
  if (guest.status === 'unknown') return row;
  const usage = guestUsage(guest, nowMs);
  const rootBytes = guest.disks[0]?.sizeBytes ?? 0;
  row['name'] = guest.name;
  row['template'] = guest.isTemplate ? 1 : 0;
  row['uptime'] = usage.uptimeS;
  row['cpu'] = usage.cpu;
  row['maxcpu'] = guest.cores;
  row['mem'] = usage.memoryBytes;
  row['maxmem'] = guest.memoryBytes;
  if (guest.type === 'qemu') row['memhost'] = usage.memoryBytes;
  row['disk'] = guest.type === 'lxc' && guest.status === 'running' ? Math.floor(rootBytes * 0.31) : 0;
  row['maxdisk'] = rootBytes;
  row['netin'] = usage.netInBytes;
  row['netout'] = usage.netOutBytes;
  row['diskread'] = usage.diskReadBytes;
  row['diskwrite'] = usage.diskWriteBytes;
  if (guest.pool !== undefined) row['pool'] = guest.pool;
  if (guest.lock !== undefined) row['lock'] = guest.lock;
  if (guest.tags.length > 0) row['tags'] = guest.tags.join(';');
  return row;
};

const nodeRow = (node: LabNode, cluster: LabCluster, nowMs: number): Row => {
  const base = { id: `node/${node.name}`, type: 'node', node: node.name };
  if (!node.isOnline) return { ...base, status: 'offline' };
  const usage = nodeUsage(node, cluster.guests.values(), nowMs);
  return {
    ...base,
    status: 'online',
    level: '',
    'cgroup-mode': 2,
    'host-arch': 'x86_64',
    uptime: usage.uptimeS,
    cpu: usage.cpu,
    maxcpu: node.cores,
    mem: usage.memoryBytes,
    maxmem: node.memoryBytes,
    disk: Math.floor(node.diskBytes * 0.22),
    maxdisk: node.diskBytes,
  };
};

const storageRows = (cluster: LabCluster): Row[] =>
  cluster.nodes.flatMap((node) =>
    cluster.storages.map((storage) => ({
      id: `storage/${node.name}/${storage.storage}`,
      type: 'storage',
      storage: storage.storage,
      node: node.name,
      status: node.isOnline ? 'available' : 'unknown',
      disk: storage.usedBytes,
      maxdisk: storage.totalBytes,
      shared: storage.isShared ? 1 : 0,
      content: storage.content,
      plugintype: storage.plugintype,
    })),
  );

const networkRows = (cluster: LabCluster): Row[] =>
  cluster.nodes.map((node) => ({
    id: `network/${node.name}/zone/localnetwork`,
    type: 'network',
    network: 'localnetwork',
    'network-type': 'zone',
    'zone-type': 'localnetwork',
    node: node.name,
    status: 'ok',
  }));

/** All rows, as the server's own cache would hold them at that time. */
export const buildResources = (cluster: LabCluster, nowMs: number): Row[] => [
  ...[...cluster.guests.values()].map((guest) => guestRow(guest, nowMs)),
  ...cluster.nodes.map((node) => nodeRow(node, cluster, nowMs)),
  ...storageRows(cluster),
  ...networkRows(cluster),
];

/** What `?type=` lets through. */
export function isOfType(row: Row, type: string | undefined): boolean {
  if (type === undefined) return true;
  if (type === 'vm') return row['type'] === 'qemu' || row['type'] === 'lxc';
  return row['type'] === (type === 'sdn' ? 'network' : type);
}
