import { type ClusterOptions, parseValues, serverHelp, serverOptions, whereOf } from '../cluster/clusterArguments.ts';

export type TaskCommand =
  | { readonly verb: 'tasks'; readonly where: ClusterOptions; readonly isJson: boolean; readonly isWatching: boolean }
  | {
      readonly verb: 'migrate';
      readonly where: ClusterOptions;
      readonly isJson: boolean;
      readonly isWaiting: boolean;
      /** Name, number or ID. */
      readonly guest: string;
      readonly target: string;
      readonly targetStorage: string | undefined;
    };

export const taskVerbs: ReadonlySet<string> = new Set(['tasks', 'migrate']);

export const taskHelp = `Usage: sluice tasks SERVER [--watch] [--json]
       sluice migrate GUEST TARGET SERVER [--wait] [--target-storage NAME] [--json]

  tasks lists what runs and what ran; with --watch it goes on with every change until Ctrl-C.
  migrate moves a guest to another node of its cluster. It goes on running, but for a container, which is restarted.
  With --wait the exit code tells how it ended, and it is followed: with a bar on a terminal, else in lines of JSON.
  Ctrl-C ends the command and leaves the migration as it is.

  --target-storage NAME  where its local disks go; to storages of the same names unless given

${serverHelp}
Exit codes: 0 it is done (with --wait), or started; 1 it is not; 2 the command line is wrong.
`;

const options = {
  ...serverOptions,
  watch: { type: 'boolean' },
  wait: { type: 'boolean' },
  'target-storage': { type: 'string' },
} as const;

/** Reads what follows `sluice`. Throws an error with a sentence where it is wrong. */
export function readTaskCommand(argv: readonly string[]): TaskCommand | 'help' {
  const { values, positionals } = parseValues(argv, options);
  if (values.help) return 'help';
  const [verb = '', ...rest] = positionals;
  const common = { where: whereOf(verb, values), isJson: values.json === true };
  if (verb === 'tasks') {
    if (rest.length > 0) throw new Error(`'${rest.join(' ')}' was not expected after 'tasks'.`);
    if (values.wait || values['target-storage'] !== undefined)
      throw new Error("'tasks' takes --watch and --json alone.");
    return { verb, ...common, isWatching: values.watch === true };
  }
  if (values.watch) throw new Error("'--watch' belongs to 'tasks'. A migration is followed with --wait.");
  const [guest, target, ...extra] = rest;
  if (guest === undefined || target === undefined) throw new Error("'migrate' needs a guest and the node it goes to.");
  if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${target}'.`);
  const isWaiting = values.wait === true;
  return { verb: 'migrate', ...common, isWaiting, guest, target, targetStorage: values['target-storage'] };
}
