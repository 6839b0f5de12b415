import type { TaskContext } from '../../tasks/task.ts';
import { ApiError } from '../../http/apiError.ts';
import { flag, text } from '../params.ts';
import { type Call, RawFile, type Route } from '../route.ts';

const MIB = 1 << 20;

interface BackedUp {
  readonly path: string;
  readonly sizeBytes?: number;
}

/** What lies in every backup of the lab. Without a size: a folder. */
const tree: readonly BackedUp[] = [
  { path: '/etc' },
  { path: '/etc/hostname', sizeBytes: 13 },
  { path: '/var' },
  { path: '/var/database.bin', sizeBytes: 5 * MIB },
];

const parentOf = (path: string): string => path.replace(/\/[^/]+$/, '') || '/';

/** The same bytes every time: a letter for each place. */
const contentOf = ({ path, sizeBytes = 64 << 10 }: BackedUp): Uint8Array => {
  const bytes = Buffer.alloc(sizeBytes, path);
  if (sizeBytes > MIB) for (let at = 0; at < sizeBytes; at += 4096) bytes.writeUInt32LE(at, at);
  return bytes;
};

function pathOf(call: Call): string {
  const { params, services } = call;
  const storage = services.cluster.storage(params.text('storage'));
  if (storage.plugintype !== 'pbs') throw new ApiError(500, `storage '${storage.storage}' is not a PBS storage`);
  call.need(`/storage/${storage.storage}`, 'Datastore.AllocateSpace');
  const filepath = params.text('filepath');
  return filepath === '/' ? '/' : Buffer.from(filepath, 'base64').toString('utf8');
}

function list(call: Call): unknown {
  const path = pathOf(call);
  return tree
    .filter((entry) => parentOf(entry.path) === path)
    .map((entry) => ({
      filepath: Buffer.from(entry.path).toString('base64'),
      text: entry.path.split('/').at(-1),
      type: entry.sizeBytes === undefined ? 'd' : 'f',
      leaf: entry.sizeBytes === undefined ? 0 : 1,
      ...(entry.sizeBytes !== undefined && { size: entry.sizeBytes, mtime: 1_760_000_000 }),
    }));
}

/** Answers 200 before it knows that the data is good; an error ends the stream early (PVE wire facts 7.4). */
function download(call: Call): RawFile {
  const path = pathOf(call);
  const found = tree.find((entry) => entry.path === path);
  if (!found) throw new ApiError(500, `unable to find '${path}' in '${call.params.text('volume')}'`);
  const { services, params, authId } = call;
  const isCut = services.quirks.restoreBreaksOff;
  const start = { node: services.cluster.node(params.text('node')).name, type: 'pbs-download', id: '', user: authId };
  services.tasks.start(start, async (task: TaskContext) => {
    await task.sleep(200);
    if (isCut) throw new Error('proxmox-file-restore failed: connection reset');
  });
  const bytes = contentOf(found);
  return new RawFile(isCut ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes, 'application/octet-stream');
}

export const fileRestoreRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/file-restore/list',
    params: { volume: text(), filepath: text() },
    handle: list,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/file-restore/download',
    params: { volume: text(), filepath: text(), tar: flag },
    handle: download,
  },
];
