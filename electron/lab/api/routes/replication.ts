import { integer, optional } from '../params.ts';
import { type Route, WithExtra } from '../route.ts';

export const replicationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/cluster/replication',
    handle: ({ services }) =>
      services.replications.jobs.map(({ id, vmid, target }) => ({ id, guest: vmid, target, type: 'local' })),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/replication',
    handle: ({ services, params }) => services.replications.of(services.cluster.node(params.text('node')).name),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/replication/{id}/status',
    handle: ({ services, params }) => services.replications.state(params.text('id')),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/replication/{id}/log',
    params: { start: optional(integer(0)), limit: optional(integer(0)) },
    handle: ({ services, params }) => {
      const lines = services.replications.log(params.text('id'));
      const [start, limit] = [params.integer('start'), params.integer('limit', 50)];
      const page = lines.slice(start, limit === 0 ? undefined : start + limit);
      return new WithExtra(
        page.map((t, index) => ({ n: start + index + 1, t })),
        { total: lines.length },
      );
    },
  },
];
