import type { LabGuest } from './cluster/model.ts';
import type { GuestBackend } from './guestBackend.ts';
import type { SpiceIdentity } from './qemu/spiceServer.ts';

/** Makes what stands behind a guest. `vmid` 0 is a node's own shell. */
export type BackendFactory = (guest: {
  readonly vmid: number;
  readonly name: string;
  readonly type: 'qemu' | 'lxc' | 'node';
  readonly backend: 'qemu' | 'embedded';
  /** For showing: where it runs now, and its memory. */
  readonly node?: string;
  readonly memoryMib?: number;
  /** What its SPICE server shows, where the cluster gives it one. */
  readonly spice?: SpiceIdentity;
}) => GuestBackend | Promise<GuestBackend>;

/** One backend a guest, made when first needed: thousands of guests cost nothing till somebody looks. */
export class BackendPool {
  readonly #create: BackendFactory;
  readonly #pending = new Map<string, Promise<GuestBackend>>();
  readonly #onExit: (vmid: number) => void;
  readonly #onDispose: () => void;
  #isDisposed = false;

  constructor(create: BackendFactory, onExit: (vmid: number) => void, onDispose: () => void = () => undefined) {
    this.#create = create;
    this.#onExit = onExit;
    this.#onDispose = onDispose;
  }

  /** Running, its consoles ready to be opened. */
  async ofGuest(guest: LabGuest): Promise<GuestBackend> {
    const { vmid, name, type, backend } = guest;
    const memoryMib = Math.round(guest.memoryBytes / (1 << 20));
    return this.#started(`guest/${vmid}`, {
      ...{ vmid, name, type, backend, memoryMib },
      get node() {
        return guest.node; // it moves
      },
    });
  }

  ofNode(name: string): Promise<GuestBackend> {
    return this.#started(`node/${name}`, { vmid: 0, name, type: 'node', backend: 'embedded' });
  }

  /** Made already, started or not. */
  existing(vmid: number): Promise<GuestBackend> | undefined {
    return this.#pending.get(`guest/${vmid}`);
  }

  get size(): number {
    return this.#pending.size;
  }

  async stopGuest(vmid: number): Promise<void> {
    const backend = await this.existing(vmid);
    if (backend?.isRunning === true) await backend.stop();
  }

  async #started(key: string, guest: Parameters<BackendFactory>[0]): Promise<GuestBackend> {
    if (this.#isDisposed) throw new Error('the lab is closing');
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = Promise.resolve(this.#create(guest));
      this.#pending.set(key, pending);
      pending.then(
        (backend) => backend.onExit(() => this.#onExit(guest.vmid)),
        () => this.#pending.delete(key),
      );
    }
    const backend = await pending;
    if (!backend.isRunning) await backend.start();
    return backend;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#onDispose();
    const all = [...this.#pending.values()];
    this.#pending.clear();
    await Promise.allSettled(all.map(async (pending) => (await pending).dispose()));
  }
}
