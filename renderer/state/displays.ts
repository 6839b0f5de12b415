import { create } from 'zustand';

import type { Guest } from '../../shared/model/inventory.ts';
import type { GuestDisplays } from '../../shared/model/viewer.ts';
import { call } from '../api/engine.ts';
import { guestKey } from './inventory.ts';

/** So long an answer counts: displays change with the guest's settings and a restart. */
const FRESH_MS = 20_000;
/** Older ones are forgotten first. */
const MOST = 200;

interface Known {
  readonly displays: GuestDisplays;
  readonly atMs: number;
}

/** What guests can be looked at with, by `guestKey`, as far as somebody asked. */
export const useDisplays = create<{ readonly known: ReadonlyMap<string, Known> }>()(() => ({ known: new Map() }));

const asking = new Set<string>();

export const displaysOf = (guest: Guest): GuestDisplays | undefined =>
  useDisplays.getState().known.get(guestKey(guest.clusterId, guest.id))?.displays;

/** Asks the server unless that was done just now. A guest it does not answer for stays unknown. */
export function askDisplays(guest: Guest): void {
  const key = guestKey(guest.clusterId, guest.id);
  const age = performance.now() - (useDisplays.getState().known.get(key)?.atMs ?? Number.NEGATIVE_INFINITY);
  if (asking.has(key) || age < FRESH_MS || guest.state !== 'running' || guest.remote !== undefined) return;
  asking.add(key);
  call('guest.displays', { clusterId: guest.clusterId, guestId: guest.id })
    .then(
      (displays) => keep(key, displays),
      () => undefined, // opening it will say why
    )
    .finally(() => asking.delete(key));
}

function keep(key: string, displays: GuestDisplays): void {
  useDisplays.setState(({ known }) => {
    const after = new Map(known);
    after.delete(key);
    after.set(key, { displays, atMs: performance.now() });
    const [oldest] = after.keys();
    if (after.size > MOST && oldest !== undefined) after.delete(oldest);
    return { known: after };
  });
}
