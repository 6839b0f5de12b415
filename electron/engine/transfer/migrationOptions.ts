import * as z from 'zod/mini';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { RemoteMigrationOptions } from '../../../shared/model/transfer.ts';
import { lenient, listOf, perlFlag, perlNumber, perlText } from '../api/perl.ts';
import { listStorages } from '../api/storages.ts';
import { parseAddress } from '../net/address.ts';
import { localHosts } from '../net/localHosts.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { AppError } from '../../../shared/base/errors.ts';

export const clusterNodesAnswer = listOf(
  z.object({ type: z.string(), name: perlText, ip: lenient(z.string()), local: perlFlag }),
);
const networksAnswer = listOf(z.object({ iface: perlText }));
const configAnswer = z.record(z.string(), z.unknown());

export interface OptionsRequest {
  readonly source: ClusterSession;
  readonly target: ClusterSession;
  readonly guest: Guest;
  readonly signal: AbortSignal;
}

/** Asks both clusters what a remote migration could be given, and what stands against it (PVE wire facts 8.1). */
export async function readMigrationOptions({
  source,
  target,
  guest,
  signal,
}: OptionsRequest): Promise<RemoteMigrationOptions> {
  const kind = guest.type === 'qemu' ? 'images' : 'rootdir';
  const nodes = await target.api.get('/cluster/status', clusterNodesAnswer, { signal });
  const node = (nodes.find(({ type, local }) => type === 'node' && local) ?? nodes.find(({ type }) => type === 'node'))
    ?.name;
  if (node === undefined) throw new AppError('protocol', 'The target cluster does not say which node answers.');
  const folder = `/nodes/${encodeURIComponent(guest.node)}/${guest.type}/${guest.vmid}`;
  const [storages, networks, config, targetVmid, hosts] = await Promise.all([
    listStorages(target.api, node, { content: kind, signal }),
    target.api.get(`/nodes/${encodeURIComponent(node)}/network`, networksAnswer, {
      query: { type: 'any_bridge' },
      signal,
    }),
    source.api.get(`${folder}/config`, configAnswer, { signal }),
    freeVmid(target, guest.vmid, signal),
    localHosts(parseAddress(source.connection.address)),
  ]);
  const targetFingerprint = target.connection.certificate?.fingerprint ?? target.describe().certificate?.fingerprint;
  const values = Object.entries(config).map(([key, value]) => [key, String(value)] as const);
  const targetStorages = storages.map(({ name, content, availableBytes }) => ({
    storage: name,
    content,
    ...(availableBytes !== undefined && { availableBytes }),
  }));
  return {
    isRunning: guest.state === 'running' || guest.state === 'paused',
    sourceStorages: storagesIn(values),
    sourceBridges: bridgesIn(values),
    targetStorages,
    targetBridges: networks.map(({ iface }) => iface),
    targetVmid,
    targetAddress: target.connection.address,
    ...(targetFingerprint !== undefined && { targetFingerprint }),
    localHosts: hosts,
    obstacles: obstaclesOf(values, targetStorages.length),
  };
}

async function freeVmid(target: ClusterSession, wanted: number, signal: AbortSignal): Promise<number> {
  try {
    return await target.api.get('/cluster/nextid', perlNumber, { query: { vmid: wanted }, signal });
  } catch (error) {
    if (AppError.from(error).code !== 'invalid') throw error;
    return await target.api.get('/cluster/nextid', perlNumber, { signal });
  }
}

type Config = readonly (readonly [string, string])[];

const diskKey = /^(?:ide|sata|scsi|virtio|efidisk|tpmstate|mp|rootfs)\d*$/;

function storagesIn(config: Config): string[] {
  const found = config.flatMap(([key, value]) => {
    const storage = diskKey.test(key) && !/media=cdrom/.test(value) ? /^([^:,]+):/.exec(value)?.[1] : undefined;
    return storage === undefined ? [] : [storage];
  });
  return [...new Set(found)].sort();
}

function bridgesIn(config: Config): string[] {
  const found = config.flatMap(([key, value]) => {
    const bridge = /^net\d+$/.test(key) ? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1] : undefined;
    return bridge === undefined ? [] : [bridge];
  });
  return [...new Set(found)].sort();
}

function obstaclesOf(config: Config, storageCount: number): string[] {
  const values = new Map(config);
  const found: string[] = [];
  if (storageCount === 0) found.push('The target has no storage that takes disks of such a guest.');
  if (values.has('lock')) found.push(`The guest is locked (${values.get('lock')}).`);
  if (values.get('template') === '1') found.push('Templates cannot be migrated to another cluster.');
  if (values.has('parent')) found.push('Snapshots are not carried along; a container with some is refused.');
  for (const [key] of config) if (/^(?:hostpci|usb)\d+$/.test(key)) found.push(`The guest uses ${key} of its node.`);
  return found;
}
