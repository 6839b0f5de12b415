import { parseSnapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import type { SnapshotRef } from '../../engine/pbs/openReader.ts';
import { type ClusterOptions, parseValues, serverHelp, serverOptions, whereOf } from '../cluster/clusterArguments.ts';

export interface RestoreArguments {
  readonly where: ClusterOptions;
  readonly snapshot: SnapshotRef;
  readonly archive: string;
  readonly output: string;
  readonly isReplacing: boolean;
  readonly keyFile: string | undefined;
  readonly keyPasswordFile: string | undefined;
  readonly heartbeatS: number | undefined;
  readonly isJson: boolean;
}

export const restoreHelp = `Usage: sluice restore SNAPSHOT ARCHIVE --datastore NAME --output FILE SERVER [options]

  Restores an image, an archive of files (as it is kept, pxar) or a blob of a Proxmox Backup Server to a file here.
  Every piece is checked; a connection that is lost is replaced. 'sluice pbs list' tells what there is.

  SNAPSHOT                vm/100/2026-03-01T10:15:00Z
  ARCHIVE                 drive-scsi0.img.fidx, root.pxar.didx, qemu-server.conf.blob, ...
  --datastore NAME        where the backup is
  --ns NAMESPACE          and in which namespace, where it is not the root
  --output FILE           where it goes; FILE.partial until it is whole
  --force                 replaces a file that is there
  --key-file FILE         the encryption key, of an encrypted backup
  --key-password-file FILE  the key's password, where it has one; else it is asked for, where there is a terminal
  --heartbeat SECONDS     how long a session may be silent (3); 0: for ever
  --json                  progress as lines of JSON

${serverHelp}
Exit codes: 0 all of it is there under its name, 1 it is not, 2 the command line is wrong.
`;

const options = {
  ...serverOptions,
  datastore: { type: 'string' },
  ns: { type: 'string' },
  output: { type: 'string' },
  force: { type: 'boolean' },
  'key-file': { type: 'string' },
  'key-password-file': { type: 'string' },
  heartbeat: { type: 'string' },
} as const;

/** Reads what follows `sluice restore`. Throws an error with a sentence where it is wrong. */
export function readRestore(argv: readonly string[]): RestoreArguments | 'help' {
  const { values, positionals } = parseValues(argv, options);
  if (values.help) return 'help';
  const [name, archive, ...extra] = positionals;
  if (name === undefined || archive === undefined)
    throw new Error("'restore' needs a snapshot and one of its archives.");
  if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${archive}'.`);
  const { datastore, output } = values;
  if (datastore === undefined || output === undefined) throw new Error("'restore' needs --datastore and --output.");
  if (values['key-password-file'] !== undefined && values['key-file'] === undefined)
    throw new Error("'--key-password-file' goes with --key-file.");
  const parsed = parseSnapshotName(name);
  if (!parsed) throw new Error(`'${name}' is no snapshot. Write it as vm/100/2026-03-01T10:15:00Z.`);
  return {
    where: whereOf('restore', values),
    snapshot: { datastore, namespace: values.ns ?? '', ...parsed },
    archive,
    output,
    isReplacing: values.force === true,
    keyFile: values['key-file'],
    keyPasswordFile: values['key-password-file'],
    heartbeatS: secondsOf(values.heartbeat),
    isJson: values.json === true,
  };
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new Error(`'--heartbeat' takes whole seconds from 0 to 9999, not '${text}'.`);
}
