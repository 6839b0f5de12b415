import type { Duplex } from 'node:stream';

import type { GuestKind } from '../../cluster/model.ts';
import { ApiError } from '../../http/apiError.ts';
import { EndpointClient } from '../../remote/endpointClient.ts';
import { readMap, readTargetEndpoint } from '../../remote/targetEndpoint.ts';
import { flag, integer, optional, type ParamRules, text } from '../params.ts';
import { type Call, type Route, Upgrade } from '../route.ts';
import { switchingHead } from './consoles.ts';
import { guestOf } from './guests.ts';

const common: ParamRules = {
  'target-endpoint': text(),
  'target-storage': text(),
  'target-bridge': text(),
  'target-vmid': optional(integer(100, 999_999_999)),
  online: flag,
  delete: flag,
  bwlimit: optional(integer(0)),
};
const paramsOf = (type: GuestKind): ParamRules =>
  type === 'lxc' ? { ...common, restart: flag, timeout: optional(integer()) } : common;

interface StatusEntry {
  readonly type: string;
  readonly name: string;
  readonly local?: number | string;
}

/** The call itself asks the target who it is, and fails with what that says (PVE wire facts 6.4 d). */
async function migrate(call: Call, type: GuestKind): Promise<string> {
  const { params, services } = call;
  call.need(`/vms/${params.text('vmid')}`, 'VM.Migrate');
  const guest = guestOf(call, type);
  const target = readTargetEndpoint(params.text('target-endpoint'));
  const storageOf = readMap('target-storage', params.text('target-storage'), false);
  const bridgeOf = readMap('target-bridge', params.text('target-bridge'), true);
  const isOnline = params.flag('online') || params.flag('restart');
  const endpoint = new EndpointClient(target);
  const vmid = params.integer('target-vmid', guest.vmid);
  const node = await askTarget(endpoint, vmid);
  return services.operations.migrateRemotely(guest, {
    ...{ endpoint, node, storageOf, bridgeOf, isOnline },
    vmid,
    deletesSource: params.flag('delete'),
    user: call.authId,
  }).upid;
}

/** Gives the name of the node that answers; the number must be free there. */
async function askTarget(endpoint: EndpointClient, vmid: number): Promise<string> {
  try {
    const guests = await endpoint.call<readonly { vmid: number | string }[]>('GET', '/cluster/resources?type=vm');
    if (guests.some((guest) => Number(guest.vmid) === vmid)) {
      throw new Error(`Guest with ID '${vmid}' already exists on remote cluster`);
    }
    const entries = await endpoint.call<readonly StatusEntry[]>('GET', '/cluster/status');
    const local = entries.find((entry) => entry.type === 'node' && Number(entry.local) === 1);
    if (local) return local.name;
  } catch (error) {
    throw new ApiError(500, error instanceof Error ? error.message : String(error));
  }
  throw new ApiError(500, 'failed to determine remote node');
}

function openTunnel(call: Call, type: GuestKind): unknown {
  const { params, services } = call;
  const vmid = params.integer('vmid');
  call.need(`/vms/${vmid}`, 'VM.Allocate');
  call.need('/', 'Sys.Incoming');
  const node = services.cluster.node(params.text('node')).name;
  if (node !== services.cluster.nodes[0]?.name) throw ApiError.parameters({ node: 'must be the local node' });
  return services.tunnels.open({ node, type, vmid, authId: call.authId });
}

function connect(call: Call): unknown {
  const { params, services } = call;
  const socketPath = params.text('socket');
  if (!services.tunnels.isTicket(params.text('ticket'), call.authId, socketPath)) {
    throw new ApiError(401, 'permission denied - invalid PVETUNNEL ticket');
  }
  const { headers } = call.head;
  const key = headers.get('sec-websocket-key');
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket' || key === undefined) return { socket: socketPath };
  const backend = services.tunnels.connect(socketPath);
  if (!backend) return new Upgrade(undefined);
  return new Upgrade((socket: Duplex, early: Buffer) => {
    socket.write(switchingHead(key, headers.get('sec-websocket-protocol')));
    services.tunnels.join(socket, early, backend);
  });
}

const routesOf = (type: GuestKind): Route[] => [
  {
    method: 'POST',
    path: `/nodes/{node}/${type}/{vmid}/remote_migrate`,
    params: paramsOf(type),
    handle: (call) => migrate(call, type),
  },
  {
    method: 'POST',
    path: `/nodes/{node}/${type}/{vmid}/mtunnel`,
    params: { storages: optional(text()), bridges: optional(text()) },
    handle: (call) => openTunnel(call, type),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/mtunnelwebsocket`,
    params: { socket: text(), ticket: text(512) },
    handle: connect,
  },
];

const ownTokens = (call: Call): string => {
  const userId = call.params.text('userid');
  if (userId !== call.authId.split('!')[0]) call.need('/access', 'User.Modify');
  return userId;
};

export const remoteRoutes: readonly Route[] = [
  ...routesOf('qemu'),
  ...routesOf('lxc'),
  {
    method: 'GET',
    path: '/nodes/{node}/network',
    params: { type: optional(text()) },
    handle: ({ params, services }) => {
      services.cluster.node(params.text('node'));
      return services.cluster.bridges.map((iface) => ({ iface, type: 'bridge', active: 1, autostart: 1 }));
    },
  },
  {
    method: 'GET',
    path: '/access/users/{userid}/token',
    handle: (call) => call.services.users.tokensOf(ownTokens(call)),
  },
  {
    method: 'POST',
    path: '/access/users/{userid}/token/{tokenid}',
    params: { comment: optional(text(512)), expire: optional(integer(0)), privsep: flag },
    handle: (call) => {
      const { users } = call.services;
      const made = users.addToken(ownTokens(call), call.params.text('tokenid'), {
        comment: call.params.text('comment'),
        expire: call.params.integer('expire'),
      });
      return made;
    },
  },
  {
    method: 'DELETE',
    path: '/access/users/{userid}/token/{tokenid}',
    handle: (call) => call.services.users.removeToken(ownTokens(call), call.params.text('tokenid')),
  },
];
