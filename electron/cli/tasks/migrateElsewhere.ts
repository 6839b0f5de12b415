import { parseUpid, vmidOf } from '../../../shared/codec/task/upid.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { Task } from '../../../shared/model/task.ts';
import type { RemoteMigrationOptions, RemoteMigrationRequest, Transfer } from '../../../shared/model/transfer.ts';
import { OverlayDocuments } from '../../hosts/overlayDocuments.ts';
import { appDocuments, openEngine, type OpenCluster, signInTo } from '../cluster/openCluster.ts';
import type { CommandIo } from '../cluster/runCluster.ts';
import type { Prompt } from '../cluster/secret.ts';
import type { CommandContext } from '../runCommand.ts';
import { findGuest } from './findGuest.ts';
import type { Elsewhere } from './elsewhereArguments.ts';
import type { MigrateCommand } from './taskArguments.ts';
import { taskBar, taskEvent } from './taskReport.ts';

type Command = MigrateCommand & { readonly to: Elsewhere };

/** Moves a guest to another cluster and follows it to its end. Throws, in one sentence, where it is not there then. */
export async function migrateElsewhere(
  command: Command,
  { stack, end }: CommandContext,
  io: CommandIo,
  prompt: Prompt | undefined,
): Promise<void> {
  const { where, to } = command;
  const isListed = where.cluster !== undefined || to.target.cluster !== undefined;
  const engine = await openEngine(stack, new OverlayDocuments(isListed ? appDocuments(where) : undefined));
  const source = await signInTo(engine, where, prompt);
  const target = await signInTo(engine, to.target, prompt);
  const guest = findGuest(await source.guests(), command.guest);
  const asked = { clusterId: source.clusterId, guestId: guest.id, targetClusterId: target.clusterId };
  const options = await source.page.call('transfer.migrationOptions', asked);
  if (options.obstacles.length > 0) throw new Error(`${guest.name} cannot be migrated. ${options.obstacles.join(' ')}`);
  checkNames(to, options);
  const following = new Following(source, `${guest.name} to another cluster`, command.isJson, io);
  stack.add('migration', () => following.cancel());
  const { transferId, upid } = await source.page.call('transfer.migrate', {
    ...asked,
    ...requestOf(command, guest, options),
    token: target.token ? { kind: 'given', ...target.token } : { kind: 'make' },
  });
  const over = await following.untilOver(transferId, upid);
  if (over.state !== 'done') throw new Error(`${guest.name} was not migrated: ${over.error?.message ?? over.state}`);
  end();
}

type Asked = Omit<RemoteMigrationRequest, 'clusterId' | 'guestId' | 'targetClusterId' | 'token'>;

function requestOf({ to, limitKibPerSecond }: Command, guest: Guest, options: RemoteMigrationOptions): Asked {
  const { through, vmid, deletesSource, storages } = to;
  return {
    targetVmid: vmid ?? options.targetVmid,
    storages: [...storages],
    bridges: bridgesOf(to, options),
    isOnline: guest.state === 'running',
    deletesSource,
    ...(limitKibPerSecond !== undefined && { limitKibPerSecond }),
    ...(through && { bridge: through }),
  };
}

/** Without a word each to the one of its name, where the target has it. */
function bridgesOf({ bridges }: Elsewhere, { sourceBridges, targetBridges }: RemoteMigrationOptions) {
  const isNamed = (name: string) => bridges.some(({ from }) => from === name || from === '*');
  const left = sourceBridges.filter((name) => !isNamed(name));
  const missing = left.filter((name) => !targetBridges.includes(name));
  if (missing.length > 0)
    throw new Error(
      `The target has no bridge ${missing.join(', ')}. It has ${targetBridges.join(', ')}. Give --target-bridge.`,
    );
  const all = [...bridges, ...left.map((name) => ({ from: name, to: name }))];
  return all.length > 0 ? all : [{ from: '*', to: targetBridges[0] ?? 'vmbr0' }];
}

/** Said before anything is made over there. */
function checkNames({ storages, bridges }: Elsewhere, options: RemoteMigrationOptions): void {
  const known = { storage: options.targetStorages.map(({ storage }) => storage), bridge: options.targetBridges };
  for (const [what, entries] of [['storage', storages] as const, ['bridge', bridges] as const]) {
    const odd = entries.find(({ to }) => known[what].length > 0 && !known[what].includes(to));
    if (odd) throw new Error(`The target has no ${what} '${odd.to}'. It has ${known[what].join(', ')}.`);
  }
}

/** Shows it until it is over, its token included. */
class Following {
  readonly #source: OpenCluster;
  readonly #name: string;
  readonly #io: CommandIo;
  readonly #hasBar: boolean;
  readonly #transfers = new Map<string, Transfer>();
  #id: string | undefined;
  #upid = '';
  #shown = '';
  #onTold: (() => void) | undefined;

  constructor(source: OpenCluster, name: string, isJson: boolean, io: CommandIo) {
    this.#source = source;
    this.#name = name;
    this.#io = io;
    this.#hasBar = !isJson && process.stderr.isTTY;
    source.tasks.onTold(() => this.#onTold?.());
    source.page.on('transfers.changed', ({ transfers }) => {
      for (const transfer of transfers) this.#transfers.set(transfer.id, transfer);
      this.#onTold?.();
    });
  }

  async untilOver(id: string, upid: string): Promise<Transfer> {
    this.#id = id;
    this.#upid = upid;
    for (;;) {
      const transfer = this.#transfers.get(id);
      if (transfer) this.#show(transfer);
      if (transfer && isOver(transfer)) return transfer;
      await new Promise<void>((resolve) => {
        this.#onTold = resolve;
      });
    }
  }

  /** Stops what was not over, and waits until nothing is left of it. */
  async cancel(): Promise<void> {
    const transfer = this.#transfers.get(this.#id ?? '');
    if (!transfer || isOver(transfer)) return;
    if (transfer.actions.includes('cancel'))
      await this.#source.page.call('transfer.cancel', { transferId: transfer.id });
    await this.untilOver(transfer.id, this.#upid);
  }

  #show(transfer: Transfer): void {
    const task = this.#taskOf(transfer);
    if (!task) return;
    if (this.#hasBar) {
      const text = taskBar(this.#name, task).slice(0, (process.stderr.columns ?? 80) - 1);
      process.stderr.write(`\r\u001b[K${text}${isOver(transfer) ? '\n' : ''}`);
      return;
    }
    const bridge = transfer.migration?.bridge;
    const text = taskEvent(task, bridge && { bridge });
    if (text !== this.#shown) this.#io.out(text);
    this.#shown = text;
  }

  /** The source's, with the outcome that is known first. A short one may be over before any list had it. */
  #taskOf({ state, error, clusterId }: Transfer): Task | undefined {
    const task = this.#source.tasks.get(this.#upid) ?? unlisted(clusterId, this.#upid);
    if (task?.state !== 'running' || !/^(done|failed|cancelled)$/.test(state)) return task;
    if (state === 'done') return { ...task, state: 'ok', progress: { ...task.progress, fraction: 1 } };
    return { ...task, state: 'failed', ...(error && { exitText: error.message }) };
  }
}

function unlisted(clusterId: string, upid: string): Task | undefined {
  const parsed = parseUpid(upid);
  if (!parsed) return undefined;
  const { node, type, user, startedAtMs, id } = parsed;
  const vmid = vmidOf(id);
  return { clusterId, upid, node, type, user, startedAtMs, state: 'running', ...(vmid !== undefined && { vmid }) };
}

const isOver = ({ state, migration }: Transfer) =>
  /^(done|failed|cancelled|interrupted)$/.test(state) && migration?.tokenToRemove === undefined;
