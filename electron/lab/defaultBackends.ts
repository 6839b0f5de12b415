import type { BackendFactory } from './backends.ts';
import type { GuestBackend } from './guestBackend.ts';
import type { QemuGuestRequest, QemuSupport } from './qemu/qemuSupport.ts';

export interface DefaultBackendsOptions {
  /** False: embedded guests only. */
  readonly qemu: boolean;
  readonly log: (line: string) => void;
}

/**
 * Real QEMU guests where the cluster wants them and the machine can, embedded ones for the rest. What QEMU needs is
 * looked for and built once, when the first such guest is needed.
 */
export class DefaultBackends {
  readonly #options: DefaultBackendsOptions;
  readonly #abort = new AbortController();
  #support: Promise<QemuSupport | undefined> | undefined;

  constructor(options: DefaultBackendsOptions) {
    this.#options = options;
  }

  readonly create: BackendFactory = async (guest) => {
    const { vmid, name, memoryMib, backend, spice } = guest;
    const qemu = backend === 'qemu' ? await this.#startedQemu({ vmid, name, spice }) : undefined;
    if (qemu) return qemu;
    const { createEmbeddedGuest } = await import('./guests/embeddedGuest.ts');
    return createEmbeddedGuest({
      vmid,
      name,
      node: () => guest.node,
      ...(memoryMib !== undefined && { memoryMib }),
    });
  };

  /** Looks for QEMU and builds its image now. Never fails: without it guests are embedded ones. */
  async prepare(): Promise<void> {
    await this.#qemu();
  }

  /** Gives up on an image that is still being built. */
  dispose(): void {
    this.#abort.abort();
  }

  /** Undefined where it does not start: an embedded guest stands in. */
  async #startedQemu(wanted: QemuGuestRequest): Promise<GuestBackend | undefined> {
    const guest = (await this.#qemu())?.createGuest(wanted);
    try {
      await guest?.start();
      return guest;
    } catch (error) {
      this.#options.log(
        `guest ${wanted.vmid} did not start in QEMU: ${error instanceof Error ? error.message : String(error)}`,
      );
      return undefined;
    }
  }

  #qemu(): Promise<QemuSupport | undefined> {
    if (!this.#options.qemu) return Promise.resolve(undefined);
    this.#support ??= this.#prepare();
    return this.#support;
  }

  async #prepare(): Promise<QemuSupport | undefined> {
    const { log } = this.#options;
    const { prepareQemu } = await import('./qemu/qemuSupport.ts');
    const { signal } = this.#abort;
    return prepareQemu({ log, signal }).catch((error: unknown) => {
      if (!signal.aborted) log(`no QEMU guest: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
  }
}
