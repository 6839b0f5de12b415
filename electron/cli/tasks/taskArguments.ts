import { byteCount } from '../byteCount.ts';
import { type ClusterOptions, parseValues, serverHelp, serverOptions, whereOf } from '../cluster/clusterArguments.ts';
import { type Elsewhere, elsewhereHelp, elsewhereOptions, readElsewhere } from './elsewhereArguments.ts';

export interface MigrateCommand {
  readonly verb: 'migrate';
  readonly where: ClusterOptions;
  readonly isJson: boolean;
  readonly isWaiting: boolean;
  /** Name, number or ID. */
  readonly guest: string;
  readonly limitKibPerSecond: number | undefined;
  readonly to:
    | { readonly kind: 'node'; readonly node: string; readonly storage: string | undefined }
    | ({ readonly kind: 'cluster' } & Elsewhere);
}

export type TaskCommand =
  | { readonly verb: 'tasks'; readonly where: ClusterOptions; readonly isJson: boolean; readonly isWatching: boolean }
  | MigrateCommand;

export const taskVerbs: ReadonlySet<string> = new Set(['tasks', 'migrate']);

export const taskHelp = `Usage: sluice tasks SERVER [--watch] [--json]
       sluice migrate GUEST NODE SERVER [--wait] [--target-storage NAME] [--limit BYTES] [--json]
       sluice migrate GUEST CLUSTER:STORAGE SERVER [options]

  tasks lists what runs and what ran; with --watch it goes on with every change until Ctrl-C. In a table on a terminal,
  else in lines of JSON.
  migrate moves a guest to another node of its cluster. It goes on running, but for a container, which is restarted.
  With --wait the exit code tells how it ended, and it is followed: with a bar on a terminal, else in lines of JSON.
  Ctrl-C ends the command and leaves the migration as it is.

  --target-storage NAME  where its local disks go; to storages of the same names unless given
  --limit BYTES          bytes a second, such as 200M

${elsewhereHelp}
${serverHelp}
Exit codes: 0 it is done (with --wait), or started; 1 it is not; 2 the command line is wrong.
`;

const options = {
  ...serverOptions,
  ...elsewhereOptions,
  watch: { type: 'boolean' },
  wait: { type: 'boolean' },
  limit: { type: 'string' },
  'target-storage': { type: 'string' },
} as const;

/** Reads what follows `sluice`. Throws an error with a sentence where it is wrong. */
export function readTaskCommand(argv: readonly string[]): TaskCommand | 'help' {
  const { values, positionals } = parseValues(argv, options);
  if (values.help) return 'help';
  const [verb = '', ...rest] = positionals;
  const common = { where: whereOf(verb, values), isJson: values.json === true };
  const given = Object.keys(values);
  const ofMigrate = [...Object.keys(elsewhereOptions), 'wait', 'limit', 'target-storage'];
  if (verb === 'tasks') {
    if (rest.length > 0) throw new Error(`'${rest.join(' ')}' was not expected after 'tasks'.`);
    if (given.some((name) => ofMigrate.includes(name))) throw new Error("'tasks' takes --watch and --json alone.");
    return { verb, ...common, isWatching: values.watch === true };
  }
  if (values.watch) throw new Error("'--watch' belongs to 'tasks'. A migration is followed with --wait.");
  const [guest, target, ...extra] = rest;
  if (guest === undefined || target === undefined) throw new Error("'migrate' needs a guest and the node it goes to.");
  if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${target}'.`);
  const isWaiting = values.wait === true;
  const limit = byteCount('--limit', values.limit, 1024, 1e12);
  const limitKibPerSecond = limit === undefined ? undefined : Math.max(1, Math.round(limit / 1024));
  const base = { verb: 'migrate', ...common, isWaiting, guest, limitKibPerSecond } as const;
  const elsewhere = readElsewhere(target, values);
  if (elsewhere) {
    if (values['target-storage'] !== undefined)
      throw new Error(`'${target}' says where its disks go. Leave '--target-storage' out.`);
    return { ...base, to: { kind: 'cluster', ...elsewhere } };
  }
  const [odd] = given.filter((name) => Object.hasOwn(elsewhereOptions, name));
  if (odd !== undefined) throw new Error(`'--${odd}' goes with another cluster: CLUSTER:STORAGE.`);
  return { ...base, to: { kind: 'node', node: target, storage: values['target-storage'] } };
}
