import type { LabGuest, LabNode } from './model.ts';
import { stableRandom } from './population.ts';

const BREATH_MS = 90_000; // one slow wave of load

/** What a guest uses at that time: smooth, the same for the same time, different for every guest. */
export interface Usage {
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly uptimeS: number;
  /** Totals since start. */
  readonly netInBytes: number;
  readonly netOutBytes: number;
  readonly diskReadBytes: number;
  readonly diskWriteBytes: number;
}

const roundShare = (share: number): number => Math.round(share * 100_000) / 100_000;

export function guestUsage(guest: LabGuest, nowMs: number): Usage {
  if (guest.status !== 'running') {
    return { cpu: 0, memoryBytes: 0, uptimeS: 0, netInBytes: 0, netOutBytes: 0, diskReadBytes: 0, diskWriteBytes: 0 };
  }
  const uptimeS = Math.max(0, Math.floor((nowMs - guest.startedAtMs) / 1000));
  const phase = stableRandom(guest.vmid, 7) * 2 * Math.PI;
  const wave = Math.sin((nowMs / BREATH_MS) * 2 * Math.PI + phase) + 0.4 * Math.sin(nowMs / 7000 + phase * 3);
  const cpu = guest.qmpstatus === 'paused' ? 0 : Math.min(1, Math.max(0.001, guest.load * (1 + 0.35 * wave)));
  const share = Math.min(0.97, 0.25 + guest.load * 0.8 + 0.02 * wave);
  const rate = (salt: number) => Math.floor(uptimeS * guest.load * stableRandom(guest.vmid, salt) * 2_000_000);
  return {
    cpu: roundShare(cpu),
    memoryBytes: Math.floor(guest.memoryBytes * share),
    uptimeS,
    netInBytes: rate(8),
    netOutBytes: rate(9),
    diskReadBytes: rate(10),
    diskWriteBytes: rate(11),
  };
}

export interface NodeUsage {
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly uptimeS: number;
}

/** A node uses what its guests use, and a little for itself. */
export function nodeUsage(node: LabNode, guests: Iterable<LabGuest>, nowMs: number): NodeUsage {
  let busyCores = 0.4;
  let memoryBytes = 3_200_000_000;
  for (const guest of guests) {
    if (guest.node !== node.name || guest.status !== 'running') continue;
    const usage = guestUsage(guest, nowMs);
    busyCores += usage.cpu * guest.cores;
    memoryBytes += usage.memoryBytes;
  }
  return {
    cpu: roundShare(Math.min(1, busyCores / node.cores)),
    memoryBytes: Math.floor(Math.min(node.memoryBytes * 0.98, memoryBytes)),
    uptimeS: Math.floor((nowMs - node.bootedAtMs) / 1000),
  };
}
