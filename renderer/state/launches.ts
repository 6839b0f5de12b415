import { create } from 'zustand';

import type { Launch } from '../../shared/model/launch.ts';
import { hasKeptEndpoint } from './keptLayout.ts';

export interface Launches {
  /** What waits for an answer, oldest first. */
  readonly list: readonly Launch[];
  /** A screen of no cluster was opened, here or before a reload: there is work to show also where no cluster is. */
  readonly hasEndpoint: boolean;
}

export const useLaunches = create<Launches>()(() => ({ list: [], hasEndpoint: hasKeptEndpoint() }));

/** Answered here; the engine may still tell of them once. */
const answered = new Set<string>();

export function takeLaunches(told: readonly Launch[]): void {
  const ids = new Set(told.map(({ id }) => id));
  for (const id of answered) if (!ids.has(id)) answered.delete(id);
  useLaunches.setState({ list: told.filter(({ id }) => !answered.has(id)) });
}

/** It is not brought before the person again. */
export function putAway(id: string): void {
  answered.add(id);
  useLaunches.setState(({ list }) => ({ list: list.filter((launch) => launch.id !== id) }));
}
