import { versionAnswer } from '../api/schemas.ts';
import type { ClusterSession } from './clusterSession.ts';
import { learnCluster } from './knownNodes.ts';

/**
 * Asks a cluster for its version, for its name where we may see it (a lone node gives its own), and for what lets us
 * reach and trust the rest of it. Backup Server and Datacenter Manager have no name but their address, and no nodes.
 */
export async function introduce(session: ClusterSession): Promise<void> {
  const { connection } = session;
  const options = { isBackground: true };
  const [version, facts] = await Promise.all([
    connection.api.get('/version', versionAnswer, options),
    session.product === 'pve' ? learnCluster(connection) : undefined,
  ]);
  session.learn({ version: version.version, ...(facts?.name !== undefined && { name: facts.name }) });
  if (facts) session.learnCluster(facts);
}
