import { AppError } from '../../../shared/base/errors.ts';
import { clusterStatusAnswer, versionAnswer } from '../api/schemas.ts';
import type { ClusterSession } from './clusterSession.ts';

/**
 * Asks a cluster for its version and, where we may see it, its name; a lone node gives its own. Backup Server and
 * Datacenter Manager have no name but their address.
 */
export async function introduce(session: ClusterSession): Promise<void> {
  const [version, entries] = await Promise.all([
    session.api.get('/version', versionAnswer),
    session.product === 'pve' ? session.api.get('/cluster/status', clusterStatusAnswer).catch(withoutPrivilege) : [],
  ]);
  const name = (entries.find((entry) => entry.type === 'cluster') ?? entries.find((entry) => entry.type === 'node'))
    ?.name;
  session.learn({ version: version.version, ...(name !== undefined && { name }) });
}

function withoutPrivilege(error: unknown): [] {
  if (error instanceof AppError && (error.code === 'forbidden' || error.code === 'server')) return [];
  throw error;
}
