import type { Moves } from '../../../shared/base/state.ts';
import type { ClusterState } from '../../../shared/model/cluster.ts';

/** Where a sign-in to a cluster may go from each of its states. */
export const clusterMoves: Moves<ClusterState> = {
  connecting: ['signed-in', 'signed-out', 'unreachable', 'certificate-changed'],
  'signed-in': ['signed-out', 'unreachable', 'certificate-changed'],
  unreachable: ['signed-in', 'signed-out', 'connecting', 'certificate-changed'],
  'signed-out': ['connecting', 'certificate-changed'],
  'certificate-changed': ['connecting', 'signed-out'],
};
