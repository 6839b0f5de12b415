import { ApiError } from '../../http/apiError.ts';
import { integer, oneOf, optional } from '../params.ts';
import { type Call, RawJson, type Route } from '../route.ts';
import { taskRow } from './taskRows.ts';

const isOwnOrMay = (call: Call, owner: string): boolean =>
  call.services.users.may(call.authId, 'Sys.Audit') || owner === call.authId;

function clusterStatus(call: Call): unknown {
  call.need('/', 'Sys.Audit');
  const { cluster } = call.services;
  const head = {
    type: 'cluster',
    id: 'cluster',
    name: cluster.name,
    nodes: cluster.nodes.length,
    version: cluster.nodes.length,
    quorate: 1,
  };
  const nodes = cluster.nodes.map((node, index) => ({
    type: 'node',
    id: `node/${node.name}`,
    name: node.name,
    nodeid: index + 1,
    ip: node.ip,
    local: node.name === call.request.node ? 1 : 0,
    online: node.isOnline ? 1 : 0,
    level: '',
  }));
  return [head, ...nodes];
}

function nextId(call: Call): unknown {
  const { guests } = call.services.cluster;
  const wanted = call.params.maybeText('vmid');
  if (wanted !== undefined) {
    if (guests.has(Number(wanted))) throw ApiError.parameters({ vmid: `VM ${wanted} already exists` });
    return wanted;
  }
  let id = 100;
  while (guests.has(id)) id += 1;
  return String(id);
}

export const clusterRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/version',
    handle: ({ services }) => ({ ...services.version, repoid: services.cluster.repoId }),
  },
  {
    method: 'GET',
    path: '/cluster/resources',
    params: { type: optional(oneOf('vm', 'storage', 'node', 'sdn')) },
    handle: ({ services, params }) => new RawJson(services.resources.body(params.maybeText('type'))),
  },
  {
    method: 'GET',
    path: '/cluster/tasks',
    handle: (call) =>
      call.services.cluster.nodes
        .flatMap((node) => call.services.tasks.recentOf(node.name))
        .filter((task) => isOwnOrMay(call, task.key.user))
        .map((task) => taskRow(task, 'cluster')),
  },
  { method: 'GET', path: '/cluster/status', handle: clusterStatus },
  { method: 'GET', path: '/cluster/nextid', params: { vmid: optional(integer(100, 999_999_999)) }, handle: nextId },
  { method: 'GET', path: '/cluster/options', handle: () => ({ keyboard: 'en-us' }) },
];
