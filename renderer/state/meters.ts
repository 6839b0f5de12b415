import { create } from 'zustand';

import type { Meters, RelayMeter } from '../../shared/model/console.ts';
import { isSame } from './same.ts';

/** The budget of all relays until the engine has told its own. */
const USUAL_BUDGET_BYTES = 64 << 20;

export const emptyMeters: Meters = { heldBytes: 0, budgetBytes: USUAL_BUDGET_BYTES, relays: [] };

/** Equal relays keep their identity, so that a console's heartbeat is painted only when it beats. */
export function mergeMeters(before: Meters, now: Meters): Meters {
  const old = new Map(before.relays.map((relay) => [relay.id, relay]));
  const relays = now.relays.map((relay) => {
    const known = old.get(relay.id);
    return known && isSame(known, relay) ? known : relay;
  });
  return { ...now, relays };
}

export const useMeters = create<Meters>()(() => emptyMeters);

export const useChannelMeter = (channel: number | undefined): RelayMeter | undefined =>
  useMeters(({ relays }) => (channel === undefined ? undefined : relays.find((relay) => relay.channel === channel)));
