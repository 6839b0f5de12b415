import type { Transfer, UploadTarget } from '../../../shared/model/transfer.ts';
import { openCluster, type OpenCluster } from '../cluster/openCluster.ts';
import type { CommandIo } from '../cluster/runCluster.ts';
import { type Prompt, terminalPrompt } from '../cluster/secret.ts';
import { type CommandContext, runUntilEnded } from '../runCommand.ts';
import { sizeText } from '../../../shared/codec/task/words.ts';
import { barTransferReport, jsonTransferReport, type TransferReport } from './transferReport.ts';
import { readUploadArguments, type UploadArguments, uploadHelp } from './uploadArguments.ts';

const processIo: CommandIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

/** Runs `sluice upload`. Only what is there and was made sure of ends with 0. */
export async function runUpload(
  argv: readonly string[],
  io: CommandIo = processIo,
  outer?: AbortSignal,
): Promise<number> {
  let args: UploadArguments | 'help';
  try {
    args = readUploadArguments(argv.slice(1));
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)} See 'sluice upload --help'.`);
    return 2;
  }
  if (args === 'help') {
    io.out(uploadHelp);
    return 0;
  }
  const known = args;
  let last: Transfer | undefined;
  const code = await runUntilEnded(async (context) => {
    last = await upload(known, context, io, terminalPrompt());
    context.end();
  }, outer);
  const isThere = last?.state === 'done' || last?.state === 'skipped';
  return code === 0 && !isThere ? 1 : code;
}

/** Resolves with the transfer in its final state. */
async function upload(
  args: UploadArguments,
  { stack, signal }: CommandContext,
  io: CommandIo,
  prompt: Prompt | undefined,
): Promise<Transfer> {
  const cluster = await openCluster(stack, args.where, prompt);
  const { page, clusterId } = cluster;
  const content = args.content ?? (await page.call('transfer.file', { path: args.path })).content;
  if (!content)
    throw new Error(`${args.name} has an ending that the server takes as nothing. Give --content and --name.`);
  const node = await nodeFor(cluster, args, content);
  if (args.bytesPerSecond > 0) {
    await page.call('transfer.limit', { limits: { parallel: 1, bytesPerSecond: args.bytesPerSecond } });
  }
  const { path, name: filename, storage, checksum, ifExists } = args;
  const following = new Following(cluster, reportFor(args, io), prompt);
  const { transferId } = await page.call('transfer.upload', {
    ...{ clusterId, node, storage, content, path, filename, checksum, ifExists },
  });
  signal.addEventListener('abort', () => void page.call('transfer.cancel', { transferId }).catch(() => {}), {
    once: true,
  });
  return await following.untilOver(transferId);
}

async function nodeFor({ page, clusterId }: OpenCluster, args: UploadArguments, content: string): Promise<string> {
  const { targets } = await page.call('transfer.targets', { clusterId });
  const named = targets.filter(({ storage, node }) => storage === args.storage && (args.node ?? node) === node);
  const fitting = named.filter((target) => (target.content as string[]).includes(content));
  const [first] = fitting;
  if (!first) throw new Error(whyNone(args, named, content));
  if (fitting.length === 1 || first.isShared) return first.node;
  const nodes = fitting.map(({ node }) => node).join(', ');
  throw new Error(`Several nodes have a storage '${args.storage}' each: ${nodes}. Name one with --node.`);
}

function whyNone({ storage, node }: UploadArguments, named: readonly UploadTarget[], content: string): string {
  const where = node === undefined ? '' : ` on ${node}`;
  if (named.length > 0) return `The storage '${storage}'${where} takes no ${content}.`;
  return `There is no storage '${storage}'${where} that takes uploads.`;
}

function reportFor({ isJson }: UploadArguments, io: CommandIo): TransferReport {
  if (isJson || !process.stderr.isTTY) return jsonTransferReport(io.out);
  return barTransferReport(
    (text) => process.stderr.write(text),
    () => process.stderr.columns ?? 80,
  );
}

/** Shows one transfer until it is over, and asks where something has to be decided. */
class Following {
  readonly #cluster: OpenCluster;
  readonly #report: TransferReport;
  readonly #prompt: Prompt | undefined;
  readonly #known = new Map<string, Transfer>();
  #onTold: (() => void) | undefined;

  constructor(cluster: OpenCluster, report: TransferReport, prompt: Prompt | undefined) {
    this.#cluster = cluster;
    this.#report = report;
    this.#prompt = prompt;
    cluster.page.on('transfers.changed', ({ transfers }) => {
      for (const transfer of transfers) this.#known.set(transfer.id, transfer);
      this.#onTold?.();
    });
  }

  async untilOver(id: string): Promise<Transfer> {
    for (;;) {
      const transfer = this.#known.get(id);
      if (transfer?.actions.includes('remove')) {
        this.#report.end(transfer);
        if (transfer.state === 'failed') throw new Error(transfer.error?.message ?? 'The upload failed.');
        return transfer;
      }
      if (transfer) this.#report.show(transfer);
      if (transfer?.state === 'asking') await this.#ask(transfer);
      await new Promise<void>((resolve) => {
        this.#onTold = resolve;
      });
    }
  }

  async #ask({ id, name, exists }: Transfer): Promise<void> {
    const size = exists?.sizeBytes === undefined ? '' : ` (${sizeText(exists.sizeBytes)})`;
    if (!this.#prompt) throw new Error(`${name} is there already${size}. Add --replace, --skip-existing or --name.`);
    const answer = await this.#prompt.ask(`\n${name} is there already${size}. Replace it? Type yes: `);
    const choice = answer.trim().toLowerCase() === 'yes' ? 'replace' : 'skip';
    await this.#cluster.page.call('transfer.answer', { transferId: id, choice });
  }
}
