import * as z from 'zod/mini';

import type { Guest, Node } from '../../../shared/model/inventory.ts';
import { lenient, listOf, perlFlag, perlNumber, perlText } from '../api/perl.ts';
import type { Resource } from '../api/schemas.ts';
import { readGuest, readNode, type Snapshot } from './readResources.ts';

const resource = z.object({
  type: z.string(),
  id: lenient(z.string()),
  node: lenient(z.string()),
  name: lenient(perlText),
  status: lenient(z.string()),
  vmid: lenient(perlNumber),
  template: perlFlag,
  tags: lenient(z.array(perlText)),
  cpu: lenient(perlNumber),
  maxcpu: lenient(perlNumber),
  mem: lenient(perlNumber),
  maxmem: lenient(perlNumber),
  uptime: lenient(perlNumber),
});

/** Of `/resources/list` of a Datacenter Manager: by remote, with its error where it did not answer (facts 10). */
export const managedAnswer = listOf(
  z.object({ remote: z.string(), error: lenient(perlText), resources: lenient(listOf(resource)) }),
);
type Remotes = z.infer<typeof managedAnswer>;

/**
 * Nodes and guests of all remotes that are Proxmox VE. Their names are their own, and IDs of guests meet: both carry the
 * remote in front, `north/pve1` and `north/qemu/100`. Of a remote that did not answer we know what we knew, and its state
 * is unknown.
 */
export function readManaged(clusterId: string, remotes: Remotes, before: Snapshot): Snapshot {
  const nodes = new Map<string, Node>();
  const guests = new Map<string, Guest>();
  for (const { remote, error, resources = [] } of remotes) {
    if (error !== undefined && resources.length === 0) keep(remote, before, nodes, guests);
    for (const one of resources) {
      const type = one.type.replace(/^pve-/, '');
      const told: Resource = {
        ...one,
        ...{ type, id: `${remote}/${type}/${one.vmid ?? ''}`, tags: one.tags?.join(';'), lock: undefined },
        node: one.node === undefined ? undefined : `${remote}/${one.node}`,
      };
      if (type === 'node') {
        const node = readNode(clusterId, { ...told, node: told.node ?? nodeIn(one.id, remote) });
        if (node) nodes.set(node.name, { ...node, remote });
      } else if (type === 'qemu' || type === 'lxc') {
        const guest = readGuest(clusterId, type, told, before.guests.get(told.id));
        if (guest) guests.set(guest.id, { ...guest, remote });
      }
    }
  }
  return { nodes, guests };
}

/** `remote/north/node/pve1` */
function nodeIn(id: string | undefined, remote: string): string | undefined {
  const name = /\/node\/([^/]+)$/.exec(id ?? '')?.[1];
  return name === undefined ? undefined : `${remote}/${name}`;
}

function keep(remote: string, before: Snapshot, nodes: Map<string, Node>, guests: Map<string, Guest>): void {
  for (const node of before.nodes.values())
    if (node.remote === remote) nodes.set(node.name, { ...node, state: 'unknown' });
  for (const guest of before.guests.values())
    if (guest.remote === remote) guests.set(guest.id, { ...guest, state: 'unknown' });
}
