import { create } from 'zustand';

import type { Cluster } from '../../shared/model/cluster.ts';
import { isSame } from './same.ts';

export interface Clusters {
  readonly list: readonly Cluster[];
  /** False until the engine has told its list once. */
  readonly isKnown: boolean;
}

export const useClusters = create<Clusters>()(() => ({ list: [], isKnown: false }));

/** Equal clusters keep their identity; an equal list keeps its own. */
export function mergeClusters(before: readonly Cluster[], now: readonly Cluster[]): readonly Cluster[] {
  const old = new Map(before.map((cluster) => [cluster.id, cluster]));
  const merged = now.map((cluster) => {
    const known = old.get(cluster.id);
    return known && isSame(known, cluster) ? known : cluster;
  });
  const unchanged = merged.length === before.length && merged.every((cluster, at) => cluster === before[at]);
  return unchanged ? before : merged;
}

export const useCluster = (id: string) => useClusters(({ list }) => list.find((cluster) => cluster.id === id));
export const clusterById = (id: string) => useClusters.getState().list.find((cluster) => cluster.id === id);
