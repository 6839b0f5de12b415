import type { Transfer, TransferState, UploadRequest } from '../../../shared/model/transfer.ts';
import type { MethodName, Params, Result } from '../../../shared/wire/contract.ts';
import { EngineBench, type EngineBenchOptions, type PageState } from '../../support/engineBench.ts';
import { until } from '../../support/until.ts';

/** A lab, an engine and a page that follows the transfers. */
export class TransferBench {
  readonly engine: EngineBench;
  state: PageState;
  readonly transfers = new Map<string, Transfer>();
  changes = 0;

  constructor(engine: EngineBench, state: PageState) {
    this.engine = engine;
    this.state = state;
    this.#follow();
  }

  static async start({ quirks, as, ...options }: EngineBenchOptions & { as?: 'auditor' } = {}): Promise<TransferBench> {
    const engine = await EngineBench.start({ life: false, quirks: { taskPace: 50, ...quirks }, ...options });
    const state = await engine.open();
    const bench = new TransferBench(engine, state);
    await engine.login(state.page, as === 'auditor' ? engine.lab.auditor : engine.lab);
    await until(() => state.clusters.some((cluster) => cluster.state === 'signed-in'), 'the sign-in');
    return bench;
  }

  get lab() {
    return this.engine.lab;
  }

  get clusterId(): string {
    return this.state.cluster.id;
  }

  transfer(id: string): Transfer {
    const found = this.transfers.get(id);
    if (!found) throw new Error(`The page knows no transfer ${id}.`);
    return found;
  }

  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.state.page.call(method, params);
  }

  async upload(request: UploadRequest): Promise<string> {
    const { transferId } = await this.state.page.call('transfer.upload', request);
    await until(() => this.transfers.has(transferId), 'the transfer in the list');
    return transferId;
  }

  async untilState(id: string, ...states: TransferState[]): Promise<Transfer> {
    const known = () => this.transfers.get(id)?.state;
    await until(() => states.includes(known() as TransferState), states.join(' or '), 25_000);
    return this.transfer(id);
  }

  /** The engine's process ended, with or without a good-bye, and another began. */
  async restart(): Promise<void> {
    await this.engine.restart();
    this.transfers.clear();
    this.state = await this.engine.open();
    this.#follow();
    const { transfers } = await this.state.page.call('transfer.list', {});
    for (const transfer of transfers) this.transfers.set(transfer.id, transfer);
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  #follow(): void {
    this.state.page.on('transfers.changed', ({ full, transfers, removed }) => {
      this.changes += 1;
      if (full) this.transfers.clear();
      for (const transfer of transfers) this.transfers.set(transfer.id, transfer);
      for (const id of removed) this.transfers.delete(id);
    });
  }
}
