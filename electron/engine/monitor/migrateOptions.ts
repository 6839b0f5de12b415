import * as z from 'zod/mini';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { MigrateOptions, StorageChoice } from '../../../shared/model/migration.ts';
import { nodesAnswer } from '../api/schemas.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { listStorages } from '../api/storages.ts';
import { migrateAnswer, refusedNode } from './startAnswers.ts';

type Targets = MigrateOptions['targets'];

/** What a target is known for, the same for all guests that go there. */
export interface TargetFacts {
  readonly nodes: z.infer<typeof nodesAnswer>;
  /** By what they take; empty where no target was named. */
  readonly storages: { readonly images: readonly StorageChoice[]; readonly rootdir: readonly StorageChoice[] };
}

export async function readTargets(
  session: ClusterSession,
  target: string | undefined,
  signal: AbortSignal,
  types: readonly Guest['type'][] = ['qemu', 'lxc'],
): Promise<TargetFacts> {
  const ask = (type: Guest['type'], content: 'images' | 'rootdir') =>
    target === undefined || !types.includes(type) ? [] : listStorages(session.api, target, { content, signal });
  const [nodes, images, rootdir] = await Promise.all([
    session.api.get('/nodes', nodesAnswer, { signal }),
    ask('qemu', 'images'),
    ask('lxc', 'rootdir'),
  ]);
  return { nodes, storages: { images, rootdir } };
}

/** What the server says before a migration in its cluster. Fails as the API does. */
export async function readMigrateOptions(
  session: ClusterSession,
  guest: Guest,
  target: string | undefined,
  signal: AbortSignal,
): Promise<MigrateOptions> {
  const [facts, told] = await Promise.all([
    readTargets(session, target, signal, [guest.type]),
    guest.type === 'qemu' ? readTold(session, guest, target, signal) : undefined,
  ]);
  return describeMigration(guest, facts, told);
}

/** Puts together what was asked. `told` is the server's own answer, which there is of machines alone. */
export function describeMigration(guest: Guest, facts: TargetFacts, told: Told | undefined): MigrateOptions {
  const { nodes } = facts;
  const online = new Set(
    nodes.filter(({ status }) => status === undefined || status === 'online').map(({ node }) => node),
  );
  const others = nodes.map(({ node }) => node).filter((node) => node !== guest.node);
  const isRunning = told?.running ?? guest.state === 'running';
  const targets = others.sort((a, b) => a.localeCompare(b)).map((node) => describe(node, online.has(node), told));
  return {
    type: guest.type,
    node: guest.node,
    isRunning,
    targets,
    localDisks: (told?.local_disks ?? []).map(({ volid, drivename, size }) => ({
      volume: volid,
      storage: volid.split(':')[0] ?? '',
      ...(drivename === undefined ? {} : { drive: drivename }),
      ...(size === undefined ? {} : { sizeBytes: size }),
    })),
    localResources: told?.local_resources ?? [],
    mappedResources: told?.['mapped-resources'] ?? [],
    storages: [...facts.storages[guest.type === 'qemu' ? 'images' : 'rootdir']],
    manner: isRunning ? (guest.type === 'qemu' ? 'live' : 'restart') : 'offline',
    problems: problemsOf(guest, targets),
  };
}

export type Told = z.infer<typeof migrateAnswer>;

/** The server's own look at a machine (PVE wire facts 2.6). */
export async function readTold(
  { api }: ClusterSession,
  { node, vmid }: Guest,
  target: string | undefined,
  signal: AbortSignal,
): Promise<Told> {
  const query = target === undefined ? {} : { target };
  return await api.get(`/nodes/${encodeURIComponent(node)}/qemu/${vmid}/migrate`, migrateAnswer, { query, signal });
}

function describe(node: string, isOnline: boolean, told: Told | undefined): Targets[number] {
  if (!isOnline) return { node, isAllowed: false, reason: 'It does not answer its cluster.' };
  const refused = told?.not_allowed_nodes?.[node];
  if (refused === undefined) return { node, isAllowed: true };
  const parsed = z.safeParse(refusedNode, refused);
  const storages = parsed.data?.unavailable_storages ?? [];
  const resources = parsed.data?.['unavailable-resources'] ?? [];
  const lacks = [
    ...(storages.length > 0 ? [`the storage ${storages.join(', ')}`] : []),
    ...(resources.length > 0 ? [`the device ${resources.join(', ')}`] : []),
  ];
  return {
    node,
    isAllowed: false,
    reason: lacks.length > 0 ? `It lacks ${lacks.join(' and ')}.` : 'The cluster does not allow it.',
  };
}

function problemsOf(guest: Guest, targets: Targets): string[] {
  const problems: string[] = [];
  if (guest.lock !== undefined) problems.push(`${guest.name} is locked (${guest.lock}). Wait until that is over.`);
  if (targets.length === 0) problems.push('The cluster has no other node. Add one, or migrate to another cluster.');
  else if (!targets.some(({ isAllowed }) => isAllowed)) problems.push('No other node can take it now.');
  return problems;
}
