import type { Route } from './route.ts';
import { accessRoutes } from './routes/access.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { consoleRoutes } from './routes/consoles.ts';
import { fileRestoreRoutes } from './routes/fileRestore.ts';
import { guestRoutes } from './routes/guests.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { operationRoutes } from './routes/operations.ts';
import { replicationRoutes } from './routes/replication.ts';
import { remoteRoutes } from './routes/remote.ts';
import { spiceRoutes } from './routes/spice.ts';
import { storageRoutes } from './routes/storage.ts';
import { taskRoutes } from './routes/tasks.ts';

/** Every call the lab answers. */
export const allRoutes: readonly Route[] = [
  ...accessRoutes,
  ...clusterRoutes,
  ...nodeRoutes,
  ...guestRoutes,
  ...consoleRoutes,
  ...spiceRoutes,
  ...taskRoutes,
  ...operationRoutes,
  ...storageRoutes,
  ...fileRestoreRoutes,
  ...remoteRoutes,
  ...replicationRoutes,
];
