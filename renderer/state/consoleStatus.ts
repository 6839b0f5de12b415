import { create } from 'zustand';

import type { ConsoleStatus } from '../../shared/model/console.ts';

/** The opening steps of each console, by the channel they came for. Forgotten with the channel. */
export const useConsoleStatus = create<ReadonlyMap<number, ConsoleStatus>>()(() => new Map());

export function noteConsoleStatus(status: ConsoleStatus): void {
  useConsoleStatus.setState((before) => new Map(before).set(status.channel, status), true);
}

export function forgetConsoleStatus(channel: number): void {
  useConsoleStatus.setState((before) => {
    const after = new Map(before);
    after.delete(channel);
    return after;
  }, true);
}

export const useStatusOf = (channel: number | undefined) =>
  useConsoleStatus((all) => (channel === undefined ? undefined : all.get(channel)));
