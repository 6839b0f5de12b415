import type { GuestKind } from '../../cluster/model.ts';
import { ApiError } from '../../http/apiError.ts';
import { flag, integer, oneOf, optional, type ParamRules, text } from '../params.ts';
import type { Call, Route } from '../route.ts';
import { guestOf } from './guests.ts';

const qemuParams: ParamRules = {
  target: text(64),
  online: flag,
  force: flag,
  'with-local-disks': flag,
  targetstorage: optional(text()),
  bwlimit: optional(integer(0)),
  migration_type: optional(oneOf('secure', 'insecure')),
  migration_network: optional(text()),
  'with-conntrack-state': flag,
};
const lxcParams: ParamRules = {
  target: text(64),
  online: flag,
  restart: flag,
  timeout: optional(integer()),
  'target-storage': optional(text()),
  bwlimit: optional(integer(0)),
};

function migrate(call: Call, type: GuestKind): string {
  const { params, services } = call;
  call.need(`/vms/${params.text('vmid')}`, 'VM.Migrate');
  const request = {
    target: params.text('target'),
    isOnline: params.flag('online') || params.flag('restart'),
    withLocalDisks: type === 'lxc' || params.flag('with-local-disks'),
    user: call.authId,
  };
  return services.operations.migrate(guestOf(call, type), request).upid;
}

function precheck(call: Call): unknown {
  const guest = guestOf(call, 'qemu');
  const others = call.services.cluster.nodes.filter((node) => node.name !== guest.node);
  return {
    running: guest.status === 'running' ? 1 : 0,
    allowed_nodes: others.filter((node) => node.isOnline).map((node) => node.name),
    not_allowed_nodes: Object.fromEntries(others.filter((node) => !node.isOnline).map((node) => [node.name, {}])),
    local_disks: guest.disks.map((disk) => ({
      volid: `${disk.storage}:${disk.volume}`,
      size: disk.sizeBytes,
      drivename: disk.key,
    })),
    local_resources: [],
    'mapped-resources': [],
  };
}

function backUp(call: Call): string {
  const { params, services } = call;
  const vmid = params.integer('vmid');
  call.need(`/vms/${vmid}`, 'VM.Backup');
  const node = services.cluster.node(params.text('node'));
  const guest = services.cluster.guests.get(vmid);
  if (guest === undefined || guest.node !== node.name) throw new ApiError(500, `no such VM ('${vmid}')`);
  const mode = (params.maybeText('mode') ?? 'snapshot') as 'snapshot' | 'suspend' | 'stop';
  const storage = params.maybeText('storage') ?? 'local';
  return services.operations.backUp(guest, { storage, mode, user: call.authId }).upid;
}

export const operationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/qemu/{vmid}/migrate',
    params: { target: optional(text(64)) },
    handle: precheck,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/qemu/{vmid}/migrate',
    params: qemuParams,
    handle: (call) => migrate(call, 'qemu'),
  },
  {
    method: 'POST',
    path: '/nodes/{node}/lxc/{vmid}/migrate',
    params: lxcParams,
    handle: (call) => migrate(call, 'lxc'),
  },
  {
    method: 'POST',
    path: '/nodes/{node}/vzdump',
    params: {
      vmid: integer(100, 999_999_999),
      storage: optional(text()),
      mode: optional(oneOf('snapshot', 'suspend', 'stop')),
      compress: optional(oneOf('0', '1', 'gzip', 'lzo', 'zstd')),
      remove: flag,
      'notes-template': optional(text(1024)),
      protected: flag,
    },
    handle: backUp,
  },
];
