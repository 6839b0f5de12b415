import { buildResources, isOfType, type Row } from './cluster/resources.ts';
import { loosen } from './api/loosen.ts';
import type { Clock } from '../../shared/base/clock.ts';
import type { LabCluster } from './cluster/cluster.ts';
import type { LabQuirks } from './quirks.ts';

interface Snapshot {
  readonly atMs: number;
  readonly changes: number;
  readonly rows: readonly Row[];
  /** Bodies by `?type=`. */
  readonly bodies: Map<string, Uint8Array>;
}

/**
 * What `/cluster/resources` answers. Like the original's it comes from a cache that lags behind (PVE wire facts 2.1),
 * and it is turned into JSON once for everybody who polls.
 */
export class ResourceCache {
  readonly #cluster: LabCluster;
  readonly #quirks: LabQuirks;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  #snapshot: Snapshot | undefined;

  constructor(cluster: LabCluster, quirks: LabQuirks, clock: Clock) {
    this.#cluster = cluster;
    this.#quirks = quirks;
    this.#clock = clock;
    this.#startedAtMs = clock.wallMs();
  }

  /** Forgets the cache: the next poll sees the present. */
  refresh(): void {
    this.#snapshot = undefined;
  }

  #current(): Snapshot {
    const nowMs = this.#clock.nowMs();
    const before = this.#snapshot;
    if (before !== undefined && !this.#isOutdated(before, nowMs)) return before;
    const usageAtMs = this.#quirks.liveUsage ? this.#clock.wallMs() : this.#startedAtMs;
    const rows = buildResources(this.#cluster, usageAtMs);
    this.#snapshot = { atMs: nowMs, changes: this.#cluster.changes, rows, bodies: new Map() };
    return this.#snapshot;
  }

  #isOutdated(snapshot: Snapshot, nowMs: number): boolean {
    if (nowMs - snapshot.atMs < this.#quirks.resourcesLagMs) return false;
    return this.#quirks.liveUsage || this.#quirks.shuffledKeys || snapshot.changes !== this.#cluster.changes;
  }

  body(type: string | undefined): Uint8Array {
    const { rows, bodies } = this.#current();
    const known = bodies.get(type ?? '');
    if (known !== undefined) return known;
    const wanted = rows.filter((row) => isOfType(row, type));
    const body = Buffer.from(JSON.stringify({ data: loosen(wanted, this.#quirks) }));
    bodies.set(type ?? '', body);
    return body;
  }
}
