import type { IncomingMessage, ServerResponse } from 'node:http';

import { listCatalog, readEntry } from './catalog.ts';
import type { LabDatastore, SnapshotKey } from './datastore.ts';
import { keyFingerprint } from './labKeys.ts';
import type { PbsServices } from './pbsServices.ts';
import { ApiError } from '../http/apiError.ts';
import { sendError, sendJson } from './restAnswer.ts';
import type { LabArchive, LabSnapshot } from './snapshots.ts';

interface Call {
  readonly services: PbsServices;
  readonly authId: string;
  readonly params: URLSearchParams;
  /** What the pattern caught. */
  readonly caught: readonly string[];
  readonly response: ServerResponse;
}

type Handler = (call: Call) => unknown;
const SENT = Symbol('the handler has answered itself');

export const mayRead = ({ users }: PbsServices, authId: string, store: string): boolean =>
  users.may(authId, 'Datastore.Read', `/datastore/${store}`);

function datastoreOf({ services, authId, caught }: Call): LabDatastore {
  const [name = ''] = caught;
  const store = services.datastores.find((one) => one.name === name);
  if (!mayRead(services, authId, name)) throw new ApiError(403, 'permission check failed');
  if (!store) throw new ApiError(400, `no such datastore '${name}'`);
  return store;
}

/** Which snapshot the parameters name (PBS facts 9.2). */
export function snapshotKey(params: URLSearchParams): SnapshotKey {
  const need = (name: string): string => {
    const value = params.get(name);
    if (value === null)
      throw new ApiError(
        400,
        `parameter verification failed - '${name}': parameter is missing and it is not optional.`,
      );
    return value;
  };
  const key = {
    ns: params.get('ns') ?? '',
    type: need('backup-type'),
    id: need('backup-id'),
    timeS: Number(need('backup-time')),
  };
  if (!/^(vm|ct|host)$/.test(key.type))
    throw new ApiError(400, "parameter verification failed - 'backup-type': invalid");
  return key;
}

export function snapshotNamed(store: LabDatastore, key: SnapshotKey): LabSnapshot {
  const snapshot = store.find(key);
  const time = new Date(key.timeS * 1000).toISOString().replace('.000', '');
  if (!snapshot) throw new ApiError(400, `snapshot ${key.type}/${key.id}/${time} does not exist.`);
  return snapshot;
}

const namespaceOf = (store: LabDatastore, params: URLSearchParams) => {
  const name = params.get('ns') ?? '';
  const found = store.namespace(name);
  if (!found) throw new ApiError(404, `namespace '${name}' does not exist`);
  return found;
};

async function filesOf(snapshot: LabSnapshot): Promise<object[]> {
  const rows = snapshot.archives.map(({ plan, sizeBytes }) => ({
    filename: plan.name,
    'crypt-mode': snapshot.cryptMode,
    ...(sizeBytes !== undefined && { size: sizeBytes }),
  }));
  return [...rows, { filename: 'index.json.blob', 'crypt-mode': 'none' }];
}

async function describe(snapshot: LabSnapshot): Promise<object> {
  const { plan } = snapshot;
  return {
    'backup-type': plan.type,
    'backup-id': plan.id,
    'backup-time': plan.timeS,
    owner: plan.owner,
    protected: plan.isProtected ?? false,
    files: await filesOf(snapshot),
    size: snapshot.archives.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
    ...(plan.comment !== undefined && { comment: plan.comment }),
    ...(plan.key && { fingerprint: keyFingerprint(plan.key) }),
    ...(plan.verification && {
      verification: {
        state: plan.verification,
        upid: 'UPID:pbs1:00000FA0:00012CC8:00000000:65E19B14:verify::root@pam:',
      },
    }),
  };
}

function groups(snapshots: readonly LabSnapshot[]): object[] {
  const byName = new Map<string, LabSnapshot[]>();
  for (const snapshot of snapshots) {
    const name = `${snapshot.plan.type}/${snapshot.plan.id}`;
    byName.set(name, [...(byName.get(name) ?? []), snapshot]);
  }
  return [...byName.values()].map((members) => {
    const newest = members.reduce((a, b) => (a.plan.timeS > b.plan.timeS ? a : b));
    return {
      'backup-type': newest.plan.type,
      'backup-id': newest.plan.id,
      'last-backup': newest.plan.timeS,
      'backup-count': members.length,
      files: newest.archives.map(({ plan }) => plan.name),
      owner: newest.plan.owner,
    };
  });
}

function archiveOf(snapshot: LabSnapshot, params: URLSearchParams): LabArchive {
  const name = params.get('file-name') ?? '';
  const archive = snapshot.archive(name);
  if (!archive) throw new ApiError(404, `no such file '${name}'`);
  return archive;
}

/** Streams without a length, as chunks; a quirk ends them in the middle (PBS facts 9.6). */
async function stream(call: Call, pieces: Iterable<Uint8Array>): Promise<typeof SENT> {
  const { response, services } = call;
  const { cutDownloadAfterBytes } = services.quirks;
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  let sentBytes = 0;
  for (const piece of pieces) {
    if (response.destroyed) return SENT;
    if (cutDownloadAfterBytes > 0 && sentBytes + piece.length > cutDownloadAfterBytes) {
      response.write(piece.subarray(0, cutDownloadAfterBytes - sentBytes), () => response.destroy());
      return SENT;
    }
    sentBytes += piece.length;
    const isGoing = response.write(piece);
    if (!isGoing) await untilDrained(response);
  }
  response.end();
  return SENT;
}

function untilDrained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

async function download(call: Call): Promise<typeof SENT> {
  const snapshot = snapshotNamed(datastoreOf(call), snapshotKey(call.params));
  const name = call.params.get('file-name');
  if (name === 'index.json.blob') return await stream(call, [await snapshot.manifest()]);
  return await stream(call, [(await archiveOf(snapshot, call.params).stored()).file]);
}

async function downloadDecoded(call: Call): Promise<typeof SENT> {
  const snapshot = snapshotNamed(datastoreOf(call), snapshotKey(call.params));
  const archive = archiveOf(snapshot, call.params);
  if (snapshot.cryptMode === 'encrypt') throw new ApiError(400, `cannot decode '${archive.plan.name}' - is encrypted`);
  return await stream(call, archive.decoded());
}

function catalog(call: Call): object[] {
  const snapshot = snapshotNamed(datastoreOf(call), snapshotKey(call.params));
  if (snapshot.cryptMode === 'encrypt') throw new ApiError(400, 'unable to read catalog of encrypted backup');
  const rows = listCatalog(snapshot, call.params.get('filepath') ?? '/');
  if (!rows) throw new ApiError(400, 'no such file or directory');
  return rows;
}

async function downloadEntry(call: Call): Promise<typeof SENT> {
  const snapshot = snapshotNamed(datastoreOf(call), snapshotKey(call.params));
  const pieces = readEntry(snapshot, call.params.get('filepath') ?? '');
  if (!pieces) throw new ApiError(400, 'no such file or directory');
  return await stream(call, pieces);
}

function taskRow(task: PbsServices['tasks']['all'][number]): object {
  const { upid, workerId, user, startedS, endedS, status } = task;
  const ended = endedS === undefined ? {} : { endtime: endedS, status };
  return { upid, node: 'pbs1', worker_type: 'reader', worker_id: workerId, user, starttime: startedS, ...ended };
}

function taskLog({ services, params, caught, response }: Call): typeof SENT {
  const task = services.tasks.find(caught[0] ?? '');
  if (!task) throw new ApiError(400, 'no such task');
  const start = Number(params.get('start') ?? 0);
  const limit = Number(params.get('limit') ?? 50);
  const rows = task.lines.map((t, n) => ({ n: n + 1, t })).filter(({ n }) => n >= start); // off by one: facts 9.2
  sendJson(response, rows.slice(0, limit), { total: task.lines.length, success: 1, active: task.status === undefined });
  return SENT;
}

const store = '/admin/datastore/([^/]+)';
const taskPath = '/nodes/localhost/tasks';

const routes: readonly (readonly [RegExp, Handler])[] = [
  [/^\/version$/, () => ({ version: '4.1', release: '1', repoid: '00000000' })],
  [/^\/ping$/, () => ({ pong: true })],
  [
    /^\/admin\/datastore$/,
    ({ services, authId }) =>
      services.datastores
        .filter(({ name }) => mayRead(services, authId, name))
        .map(({ name, comment }) => ({ store: name, ...(comment !== undefined && { comment }) })),
  ],
  [
    /^\/status\/datastore-usage$/,
    ({ services }) =>
      services.datastores.map(({ name }) => ({ store: name, total: 2 ** 40, used: 2 ** 38, avail: 2 ** 40 - 2 ** 38 })),
  ],
  [new RegExp(`^${store}/namespace$`), (call) => datastoreOf(call).namespaces.map(({ name }) => ({ ns: name }))],
  [new RegExp(`^${store}/groups$`), (call) => groups(namespaceOf(datastoreOf(call), call.params).snapshots)],
  [
    new RegExp(`^${store}/snapshots$`),
    async (call) => {
      const type = call.params.get('backup-type');
      const id = call.params.get('backup-id');
      const all = namespaceOf(datastoreOf(call), call.params).snapshots;
      const wanted = all.filter(({ plan }) => (type ?? plan.type) === plan.type && (id ?? plan.id) === plan.id);
      return await Promise.all(wanted.map(describe));
    },
  ],
  [new RegExp(`^${store}/files$`), (call) => filesOf(snapshotNamed(datastoreOf(call), snapshotKey(call.params)))],
  [new RegExp(`^${store}/download$`), download],
  [new RegExp(`^${store}/download-decoded$`), downloadDecoded],
  [new RegExp(`^${store}/catalog$`), catalog],
  [new RegExp(`^${store}/pxar-file-download$`), downloadEntry],
  [new RegExp(`^${taskPath}$`), ({ services }) => [...services.tasks.all].reverse().map(taskRow)],
  [new RegExp(`^${taskPath}/([^/]+)/log$`), taskLog],
  [
    new RegExp(`^${taskPath}/([^/]+)/status$`),
    ({ services, caught }) => {
      const task = services.tasks.find(caught[0] ?? '');
      if (!task) throw new ApiError(400, 'no such task');
      return { ...taskRow(task), status: task.endedS === undefined ? 'running' : 'stopped', exitstatus: task.status };
    },
  ],
];

/** Answers a GET of the API; signing in comes before. */
export async function answerGet(
  services: PbsServices,
  authId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://pbs');
  const path = url.pathname.replace(/^\/api2\/json/, '').replace(/(.)\/$/, '$1');
  try {
    for (const [pattern, handle] of routes) {
      const match = pattern.exec(path);
      if (!match) continue;
      const caught = match.slice(1).map(decodeURIComponent);
      const data = await handle({ services, authId, params: url.searchParams, caught, response });
      if (data !== SENT) sendJson(response, data);
      return;
    }
    throw new ApiError(404, `Path '${path}' not found.`);
  } catch (error) {
    sendError(response, error);
  }
}
