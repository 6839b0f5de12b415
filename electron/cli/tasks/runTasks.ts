import type { Task } from '../../../shared/model/task.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { printTable } from '../cluster/guestsCommand.ts';
import { openCluster, type OpenCluster } from '../cluster/openCluster.ts';
import type { CommandIo } from '../cluster/runCluster.ts';
import { terminalPrompt } from '../cluster/secret.ts';
import { type CommandContext, runUntilEnded } from '../runCommand.ts';
import { findGuest } from './findGuest.ts';
import { migrateElsewhere } from './migrateElsewhere.ts';
import { type MigrateCommand, readTaskCommand, type TaskCommand, taskHelp } from './taskArguments.ts';
import { taskBar, taskEvent, taskRow } from './taskReport.ts';

const LIST_MS = 10_000; // a cluster that has no task never says so
const processIo: CommandIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

/** Runs `sluice tasks` and `sluice migrate`. */
export async function runTasks(
  argv: readonly string[],
  io: CommandIo = processIo,
  outer?: AbortSignal,
): Promise<number> {
  let command: TaskCommand | 'help';
  try {
    command = readTaskCommand(argv);
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)} See 'sluice tasks --help'.`);
    return 2;
  }
  if (command === 'help') {
    io.out(taskHelp);
    return 0;
  }
  const known = command;
  return await runUntilEnded((context) => start(known, context, io), outer);
}

async function start(command: TaskCommand, context: CommandContext, io: CommandIo): Promise<void> {
  const prompt = terminalPrompt();
  if (command.verb === 'migrate' && command.to.kind === 'cluster')
    return await migrateElsewhere({ ...command, to: command.to }, context, io, prompt);
  const cluster = await openCluster(context.stack, command.where, prompt);
  if (command.verb === 'tasks') return await listTasks(command, cluster, context, io);
  if (command.to.kind === 'node') await migrate({ ...command, to: command.to }, cluster, context, io);
}

async function listTasks(
  { isJson, isWatching }: Extract<TaskCommand, { verb: 'tasks' }>,
  { tasks, clusterId }: OpenCluster,
  { end }: CommandContext,
  io: CommandIo,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      timer.dispose();
      listener.dispose();
      resolve();
    };
    const timer = systemClock.timer(LIST_MS, done);
    const listener = tasks.onTold(() => tasks.isKnown(clusterId) && done());
    if (tasks.isKnown(clusterId)) done();
  });
  const show = (list: readonly Task[]) => {
    if (isJson || !process.stdout.isTTY) for (const task of list) io.out(taskEvent(task));
    else printTable(io.out, list.map(taskRow));
  };
  show(tasks.list());
  if (isWatching) tasks.onTold(show);
  else end();
}

async function migrate(
  command: MigrateCommand & { readonly to: { readonly node: string; readonly storage: string | undefined } },
  cluster: OpenCluster,
  { end, signal }: CommandContext,
  io: CommandIo,
): Promise<void> {
  const { page, clusterId, tasks } = cluster;
  const { to, isWaiting, isJson, limitKibPerSecond } = command;
  const { node: target, storage: targetStorage } = to;
  const guest = findGuest(await cluster.guests(), command.guest);
  const plan = {
    target,
    ...(targetStorage !== undefined && { targetStorage }),
    ...(limitKibPerSecond !== undefined && { limitKibPerSecond }),
  };
  const { upid } = await page.call('guest.migrate', { clusterId, guestId: guest.id, plan });
  if (!isWaiting) {
    io.out(isJson ? JSON.stringify({ event: 'started', upid }) : upid);
    return end();
  }
  const hasBar = !isJson && process.stderr.isTTY;
  const name = `${guest.name} to ${target}`;
  const ended = await new Promise<Task>((resolve) => {
    const look = (told: readonly Task[]) => {
      const task = told.find((one) => one.upid === upid);
      if (!task) return;
      if (hasBar) process.stderr.write(`\r\u001b[K${taskBar(name, task).slice(0, (process.stderr.columns ?? 80) - 1)}`);
      else io.out(taskEvent(task));
      if (task.state !== 'running') resolve(task);
    };
    tasks.onTold(look);
    signal.addEventListener('abort', () => hasBar && process.stderr.write('\n'), { once: true });
    look([...tasks.list()]);
  });
  if (hasBar) process.stderr.write('\n');
  if (ended.state !== 'ok' && ended.state !== 'warnings') {
    throw new Error(`${guest.name} was not migrated: ${ended.exitText ?? 'the server does not say how it ended'}.`);
  }
  end();
}
