import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import type { Guest, InventoryChange, Node } from '../../../shared/model/inventory.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { SessionService } from '../session/sessionService.ts';
import { ClusterPoller } from './clusterPoller.ts';

/** Nodes and guests of all clusters. */
export class Inventory implements Disposable {
  readonly #clock: Clock;
  readonly #pollers = new Map<string, ClusterPoller>();
  readonly #changed = new Emitter<InventoryChange>();
  readonly #store = new DisposableStore();
  #isWatched = false;

  readonly onChanged = this.#changed.event;

  constructor(sessions: SessionService, clock: Clock) {
    this.#clock = clock;
    for (const session of sessions.all()) this.#add(session);
    this.#store.add(sessions.onAdded((session) => this.#add(session)));
    this.#store.add(sessions.onRemoved((session) => this.#remove(session)));
  }

  /** Everything known, one change a cluster. */
  full(): InventoryChange[] {
    return [...this.#pollers.values()].map((poller) => poller.full());
  }

  setWatched(isWatched: boolean): void {
    this.#isWatched = isWatched;
    for (const poller of this.#pollers.values()) poller.setWatched(isWatched);
  }

  /** Asleep nothing is asked; then everything anew. */
  setAsleep(isAsleep: boolean): void {
    for (const poller of this.#pollers.values()) poller.setAsleep(isAsleep);
  }

  /** Something was done to the cluster: look at it soon. */
  nudge(clusterId: string): void {
    void this.#pollers.get(clusterId)?.nudge();
  }

  /** Asks the cluster anew. Resolves when that is told, or could not be had; never rejects. */
  async reread(clusterId: string): Promise<void> {
    await this.#pollers.get(clusterId)?.nudge();
  }

  guest(clusterId: string, guestId: string): Guest | undefined {
    return this.#pollers.get(clusterId)?.guest(guestId);
  }

  node(clusterId: string, name: string): Node | undefined {
    return this.#pollers.get(clusterId)?.node(name);
  }

  /** Where a guest is; asks the cluster when it is not known. Throws `not-found`. */
  async locate(clusterId: string, guestId: string): Promise<Guest> {
    const known = this.guest(clusterId, guestId);
    if (known) return known;
    return await this.relocate(clusterId, guestId);
  }

  /** The same, but asks first: it was not where it was thought to be. */
  async relocate(clusterId: string, guestId: string): Promise<Guest> {
    const poller = this.#pollers.get(clusterId);
    const before = poller?.guest(guestId);
    await poller?.nudge();
    const found = poller?.guest(guestId);
    // The list lags some 10 s behind a migration (PVE wire facts 11.31): the nodes themselves know better.
    if (found && found.node === before?.node) return (await poller?.seek(found)) ?? found;
    if (!found) throw new AppError('not-found', `The cluster has no guest ${guestId}, or you may not see it.`);
    return found;
  }

  dispose(): void {
    this.#store.dispose();
    for (const poller of this.#pollers.values()) poller.dispose();
    this.#pollers.clear();
    this.#changed.dispose();
  }

  #add(session: ClusterSession): void {
    const poller = new ClusterPoller(session, this.#clock);
    this.#pollers.set(session.id, poller);
    poller.onChanged((change) => this.#changed.fire(change));
    poller.setWatched(this.#isWatched);
  }

  #remove(session: ClusterSession): void {
    const poller = this.#pollers.get(session.id);
    this.#pollers.delete(session.id);
    poller?.dispose();
    const nothing = { nodes: [], guests: [], removedNodes: [], removedGuests: [] };
    this.#changed.fire({ clusterId: session.id, full: true, ...nothing });
  }
}
