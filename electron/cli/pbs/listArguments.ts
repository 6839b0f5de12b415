import { parseSnapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import { type BackupType, backupType } from '../../../shared/model/backup.ts';
import { type ClusterOptions, parseValues, serverHelp, serverOptions, whereOf } from '../cluster/clusterArguments.ts';

/** Which backups: all of a datastore, those of one guest or host, or those of one moment. */
export interface WantedBackups {
  readonly datastore: string;
  /** Undefined: all. */
  readonly namespace: string | undefined;
  readonly type?: BackupType | undefined;
  readonly id?: string | undefined;
  readonly timeS?: number | undefined;
}

export interface ListArguments {
  readonly where: ClusterOptions;
  /** Undefined: the datastores. */
  readonly wanted: WantedBackups | undefined;
  readonly isJson: boolean;
}

export const listHelp = `Usage: sluice pbs list [DATASTORE [GROUP | SNAPSHOT]] SERVER [--ns NAMESPACE] [--json]

  Lists what a Proxmox Backup Server keeps: its datastores, the snapshots of one, or the archives of a snapshot.
  'sluice restore' brings one of these here.

  DATASTORE       its snapshots, of all namespaces
  GROUP           those of one guest or host, such as vm/100
  SNAPSHOT        the archives in it, such as vm/100/2026-03-01T10:15:00Z
  --ns NAMESPACE  of one namespace alone; '' is the root
  --json          print one line of JSON

${serverHelp}
Exit codes: 0 listed, 1 it could not be, 2 the command line is wrong.
`;

const options = { ...serverOptions, ns: { type: 'string' } } as const;

/** Reads what follows `sluice pbs`. Throws an error with a sentence where it is wrong. */
export function readList(argv: readonly string[]): ListArguments | 'help' {
  const { values, positionals } = parseValues(argv, options);
  if (values.help) return 'help';
  const [verb, datastore, name, ...extra] = positionals;
  if (verb !== 'list') throw new Error(verb === undefined ? "'pbs' needs 'list'." : `There is no 'pbs ${verb}'.`);
  if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${name}'.`);
  if (datastore === undefined && values.ns !== undefined) throw new Error("'--ns' goes with a datastore.");
  const group = name === undefined ? {} : groupOf(name);
  const wanted = datastore === undefined ? undefined : { datastore, namespace: values.ns, ...group };
  return { where: whereOf('pbs list', values), wanted, isJson: values.json === true };
}

function groupOf(name: string): Pick<WantedBackups, 'type' | 'id' | 'timeS'> {
  const snapshot = parseSnapshotName(name);
  const [, kind, id] = /^([a-z]+)\/([A-Za-z0-9_][A-Za-z0-9._-]*)$/.exec(name) ?? [];
  const type = backupType.safeParse(snapshot?.type ?? kind);
  if (!type.success)
    throw new Error(`'${name}' is neither a group, vm/100, nor a snapshot, vm/100/2026-03-01T10:15:00Z.`);
  return { type: type.data, id: snapshot?.id ?? id, timeS: snapshot?.timeS };
}
