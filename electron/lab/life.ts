import type { Clock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import type { LabCluster } from './cluster/cluster.ts';
import type { LabGuest } from './cluster/model.ts';
import type { Operations } from './operations.ts';
import type { LabQuirks } from './quirks.ts';
import { fillHistory } from './tasks/history.ts';
import type { TaskEngine } from './tasks/taskEngine.ts';

const USER = 'root@pam';
const FIRST_MS = 1500;
const BETWEEN_MS = 150_000; // a round takes a minute; then it is quiet for a while

export interface LifeDeps {
  readonly cluster: LabCluster;
  readonly operations: Operations;
  readonly tasks: TaskEngine;
  readonly clock: Clock;
  readonly quirks: LabQuirks;
}

/**
 * What goes on in the demo without anybody asking: a live migration there and back, a backup, an upload. Guests a
 * newcomer opens first are left alone, since a migration ends their consoles.
 */
export class Life implements Disposable {
  readonly #deps: LifeDeps;
  #timers = new Set<Disposable>();
  #round = 0;

  constructor(deps: LifeDeps) {
    this.#deps = deps;
    fillHistory(deps.tasks, USER);
    this.#after(FIRST_MS, () => this.#runRound());
  }

  #after(ms: number, run: () => void): void {
    const timer = this.#deps.clock.timer(ms / this.#deps.quirks.taskPace, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  #pick(vmid: number, type: 'qemu' | 'lxc'): LabGuest | undefined {
    const guest = this.#deps.cluster.guests.get(vmid);
    return guest?.type === type && guest.status === 'running' && guest.lock === undefined ? guest : undefined;
  }

  #runRound(): void {
    const round = this.#round;
    this.#round += 1;
    this.#migrate();
    this.#after(2000, () => this.#backUp(round));
    this.#after(5000, () => this.#upload(round));
    this.#after(BETWEEN_MS, () => this.#runRound());
  }

  #migrate(): void {
    const guest = this.#pick(104, 'qemu');
    const target = this.#deps.cluster.nodes.find((node) => node.isOnline && node.name !== guest?.node);
    if (guest === undefined || target === undefined) return;
    this.#deps.operations.migrate(guest, { target: target.name, isOnline: true, withLocalDisks: true, user: USER });
  }

  #backUp(round: number): void {
    const guest = this.#pick(102, 'qemu') ?? this.#pick(103, 'lxc');
    if (guest === undefined) return;
    const warning = round % 3 === 1 ? 'guest agent did not answer, file systems were not frozen' : undefined;
    const request = { storage: 'nas', mode: 'snapshot' as const, user: USER };
    this.#deps.operations.backUp(guest, warning === undefined ? request : { ...request, warning });
  }

  #upload(round: number): void {
    const isBad = round % 3 === 2;
    const expected = 'b5cb0e3b4b9cb4d8f7a2e1d0c9f8a7b6b5cb0e3b4b9cb4d8f7a2e1d0c9f8a7b6';
    this.#deps.operations.importFile({
      node: 'pve2',
      storage: 'nas',
      content: 'iso',
      filename: 'alpine-virt-3.22.1-x86_64.iso',
      sizeBytes: 2_684_354_560,
      checksum: { expected, actual: isBad ? expected.replace('b5', '0d') : expected },
      user: USER,
    });
  }

  dispose(): void {
    for (const timer of this.#timers) timer.dispose();
    this.#timers.clear();
  }
}
