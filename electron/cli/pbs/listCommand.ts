import { snapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import { sizeText } from '../../../shared/codec/task/words.ts';
import type { BackupDatastore, BackupSnapshot } from '../../../shared/model/backup.ts';
import { printTable } from '../cluster/guestsCommand.ts';
import { openCluster, type OpenCluster } from '../cluster/openCluster.ts';
import { type CommandIo, processIo } from '../cluster/runCluster.ts';
import { terminalPrompt } from '../cluster/secret.ts';
import { type CommandContext, runUntilEnded } from '../runCommand.ts';
import { type ListArguments, listHelp, readList, type WantedBackups } from './listArguments.ts';

/** Runs `sluice pbs list`. */
export async function runPbs(argv: readonly string[], io: CommandIo = processIo, outer?: AbortSignal): Promise<number> {
  let command: ListArguments | 'help';
  try {
    command = readList(argv);
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)} See 'sluice pbs --help'.`);
    return 2;
  }
  if (command === 'help') {
    io.out(listHelp);
    return 0;
  }
  const known = command;
  return await runUntilEnded((context) => list(known, context, io), outer);
}

async function list({ where, wanted, isJson }: ListArguments, context: CommandContext, io: CommandIo): Promise<void> {
  const { stack, signal, end } = context;
  const cluster = await openCluster(stack, where, terminalPrompt());
  if (wanted === undefined) {
    const stores = await cluster.backups.datastores(cluster.clusterId, { signal });
    if (isJson) io.out(JSON.stringify(stores));
    else printRows(io, stores.map(storeRow), 'This user may see no datastore.');
    return end();
  }
  const found = await snapshotsOf(cluster, wanted, signal);
  if (wanted.timeS !== undefined && found.length === 0) throw new Error('There is no such snapshot.');
  if (isJson) io.out(JSON.stringify(found.map(jsonRow)));
  else if (wanted.timeS !== undefined) printRows(io, found.flatMap(fileRows), 'The snapshot has no archives.');
  else
    printRows(
      io,
      found.map((one) => snapshotRow(one, wanted.namespace === undefined)),
      'There are no snapshots.',
    );
  end();
}

async function snapshotsOf(
  { backups, clusterId }: OpenCluster,
  { datastore, namespace, type, id, timeS }: WantedBackups,
  signal: AbortSignal,
): Promise<BackupSnapshot[]> {
  const namespaces = namespace === undefined ? await backups.namespaces(clusterId, datastore, { signal }) : [namespace];
  const found: BackupSnapshot[] = [];
  for (const one of namespaces) {
    found.push(...(await backups.snapshots(clusterId, { datastore, namespace: one, type, id }, { signal })));
  }
  return timeS === undefined ? found : found.filter((snapshot) => snapshot.timeS === timeS);
}

function printRows(io: CommandIo, rows: readonly (readonly string[])[], none: string): void {
  if (rows.length === 0) io.err(none);
  else printTable(io.out, rows);
}

function storeRow({ name, usedBytes, totalBytes, maintenance, comment = '' }: BackupDatastore): string[] {
  const isKnown = usedBytes !== undefined && totalBytes !== undefined;
  const usage = isKnown ? `${sizeText(usedBytes)} of ${sizeText(totalBytes)}` : '';
  return [name, usage, maintenance === undefined ? comment : `maintenance: ${maintenance}`];
}

const nameOf = ({ type, id, timeS }: BackupSnapshot) => snapshotName(type, id, timeS);

function snapshotRow(snapshot: BackupSnapshot, hasNamespace: boolean): string[] {
  const { namespace, sizeBytes, owner = '', verification, isProtected, comment = '', files } = snapshot;
  const isEncrypted = files.some(({ crypt }) => crypt === 'encrypt');
  const notes = [
    verification && `verified ${verification}`,
    isEncrypted && 'encrypted',
    isProtected && 'protected',
  ].filter((note) => typeof note === 'string');
  const size = sizeBytes === undefined ? '' : sizeText(sizeBytes);
  return [nameOf(snapshot), ...(hasNamespace ? [namespace || '/'] : []), size, owner, notes.join(', '), comment];
}

function fileRows({ files, namespace }: BackupSnapshot): string[][] {
  return files.map(({ name, sizeBytes, crypt = 'none' }) => [
    name,
    sizeBytes === undefined ? '' : sizeText(sizeBytes),
    { none: '', 'sign-only': 'signed', encrypt: 'encrypted' }[crypt],
    namespace,
  ]);
}

/** With the name that `sluice restore` takes. */
const jsonRow = (snapshot: BackupSnapshot) => ({ snapshot: nameOf(snapshot), ...snapshot });
