import { create } from 'zustand';

import type { Launch } from '../../shared/model/launch.ts';

export interface Launches {
  /** What waits for an answer, oldest first. */
  readonly list: readonly Launch[];
  /** A screen of no cluster was opened: there is work to show also where no cluster is. */
  readonly hasEndpoint: boolean;
}

export const useLaunches = create<Launches>()(() => ({ list: [], hasEndpoint: false }));
