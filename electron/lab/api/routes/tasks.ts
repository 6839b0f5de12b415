import type { LabTask } from '../../tasks/task.ts';
import { flag, integer, oneOf, optional, text } from '../params.ts';
import { type Call, RawFile, type Route, WithExtra } from '../route.ts';
import { classOf, taskRow, taskStatus } from './taskRows.ts';

const taskOf = (call: Call): LabTask => {
  const { services, params } = call;
  const node = services.cluster.node(params.text('node'));
  return services.tasks.find(node.name, params.text('upid'));
};

const needAudit = (call: Call, task: LabTask): void => {
  if (task.key.user !== call.authId) call.need(`/nodes/${task.key.node}`, 'Sys.Audit');
};

const isWanted = (call: Call, task: LabTask): boolean => {
  const { params } = call;
  const source = params.maybeText('source') ?? 'archive';
  const vmid = params.maybeText('vmid');
  const since = params.maybeText('since');
  const until = params.maybeText('until');
  const classes = params.maybeText('statusfilter')?.split(/[,; ]+/);
  const kind = task.exitStatus === undefined ? undefined : classOf(task.exitStatus);
  return (
    (source === 'all' || (source === 'active') === task.isRunning) &&
    (vmid === undefined || task.key.id === vmid) &&
    (since === undefined || task.key.startS >= Number(since)) &&
    (until === undefined || task.key.startS <= Number(until)) &&
    (!params.flag('errors') || (kind !== undefined && kind !== 'ok')) &&
    (classes === undefined || (kind !== undefined && classes.includes(kind))) &&
    task.key.user.includes(params.text('userfilter')) &&
    task.key.type.includes(params.text('typefilter'))
  );
};

function listTasks(call: Call): unknown {
  const { services, params } = call;
  const node = services.cluster.node(params.text('node'));
  const start = params.integer('start');
  const limit = params.integer('limit', 50);
  const wanted = services.tasks.of(node.name).filter((task) => isWanted(call, task));
  const page = limit === 0 ? wanted.slice(start) : wanted.slice(start, start + limit);
  // `total` counts what was seen so far, not all there is.
  return new WithExtra(
    page.map((task) => taskRow(task, 'node')),
    { total: start + page.length },
  );
}

/** `n` from 1, `start` skips lines, `limit=0` is all; an empty log is one line that says so (PVE wire facts 6.2). */
function readLog(call: Call): unknown {
  const task = taskOf(call);
  needAudit(call, task);
  const start = call.params.integer('start');
  const limit = call.params.integer('limit', 50);
  const { lines } = task;
  if (lines.length === 0) return new WithExtra([{ n: 1, t: 'no content' }], { total: 1 });
  const page = lines.slice(start, limit === 0 ? undefined : start + limit);
  return new WithExtra(
    page.map((line, index) => ({ n: start + index + 1, t: line })),
    { total: lines.length },
  );
}

/** The plain file; what a task writes afterwards is not in it. */
function downloadLog(call: Call): RawFile {
  const task = taskOf(call);
  needAudit(call, task);
  return new RawFile(Buffer.from(task.lines.map((line) => `${line}\n`).join('')), 'text/plain');
}

async function stopTask(call: Call): Promise<null> {
  const task = taskOf(call);
  if (task.key.user !== call.authId) call.need(`/nodes/${task.key.node}`, 'Sys.Modify');
  await task.stop();
  return null;
}

export const taskRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/tasks',
    params: {
      start: optional(integer(0)),
      limit: optional(integer(0)),
      userfilter: optional(text()),
      typefilter: optional(text()),
      vmid: optional(integer(100)),
      errors: flag,
      source: optional(oneOf('archive', 'active', 'all')),
      since: optional(integer()),
      until: optional(integer()),
      statusfilter: optional(text()),
    },
    handle: listTasks,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/status',
    handle: (call) => {
      const task = taskOf(call);
      needAudit(call, task);
      return taskStatus(task);
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/log',
    params: { start: optional(integer(0)), limit: optional(integer(0)), download: flag },
    handle: (call) => (call.params.flag('download') ? downloadLog(call) : readLog(call)),
  },
  { method: 'DELETE', path: '/nodes/{node}/tasks/{upid}', handle: stopTask },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}',
    handle: () => [{ name: 'log' }, { name: 'status' }],
  },
];
