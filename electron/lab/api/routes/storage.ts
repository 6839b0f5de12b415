import type { StoredFile } from '../../cluster/cluster.ts';
import type { LabStorage } from '../../cluster/model.ts';
import { ApiError } from '../../http/apiError.ts';
import type { LabServices } from '../../services.ts';
import { flag, integer, oneOf, optional, text } from '../params.ts';
import type { Call, Route } from '../route.ts';

const storageRow = (storage: LabStorage): Record<string, unknown> => ({
  storage: storage.storage,
  type: storage.plugintype,
  content: storage.content,
  enabled: 1,
  active: 1,
  shared: storage.isShared ? 1 : 0,
  total: storage.totalBytes,
  used: storage.usedBytes,
  avail: storage.totalBytes - storage.usedBytes,
  used_fraction: storage.usedBytes / storage.totalBytes,
});

/** Guests' own disks are volumes of the storage they lie on. */
const diskRows = (services: LabServices, node: string, storage: string): StoredFile[] =>
  [...services.cluster.guests.values()]
    .filter((guest) => guest.node === node)
    .flatMap((guest) =>
      guest.disks
        .filter((disk) => disk.storage === storage)
        .map((disk) => ({
          volid: `${storage}:${disk.volume}`,
          content: guest.type === 'qemu' ? 'images' : 'rootdir',
          format: 'raw',
          size: disk.sizeBytes,
          ctime: Math.floor(guest.startedAtMs / 1000),
          vmid: guest.vmid,
        })),
    );

/** Sums of what was received are for tests only. */
const fileRow = (file: StoredFile): Omit<StoredFile, 'sha256'> => {
  const { volid, content, format, size, ctime, vmid, notes } = file;
  return { volid, content, format, size, ctime, ...(vmid && { vmid }), ...(notes && { notes }) };
};

function listContent(call: Call): unknown {
  const { params, services } = call;
  const node = services.cluster.node(params.text('node')).name;
  const storage = services.cluster.storage(params.text('storage')).storage;
  const content = params.maybeText('content');
  const vmid = params.maybeText('vmid');
  return [...services.cluster.files(node, storage), ...diskRows(services, node, storage)]
    .filter((file) => content === undefined || file.content === content)
    .filter((file) => vmid === undefined || file.vmid === Number(vmid))
    .map(fileRow);
}

function removeContent(call: Call): null {
  const { params, services } = call;
  const storage = params.text('storage');
  call.need(`/storage/${storage}`, 'Datastore.AllocateSpace');
  const volid = params.text('volume').includes(':') ? params.text('volume') : `${storage}:${params.text('volume')}`;
  const node = services.cluster.node(params.text('node')).name;
  if (!services.cluster.removeFile(node, storage, volid)) throw new ApiError(500, `volume '${volid}' does not exist`);
  return null; // it was quick: null and no task
}

export const storageRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/storage',
    params: { content: optional(text()), enabled: flag, storage: optional(text()), target: optional(text()) },
    handle: ({ params, services }) => {
      services.cluster.node(params.text('node'));
      const wanted = params.maybeText('content')?.split(',');
      return services.cluster.storages
        .filter((storage) => wanted === undefined || wanted.some((one) => storage.content.split(',').includes(one)))
        .map(storageRow);
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/status',
    handle: ({ params, services }) => storageRow(services.cluster.storage(params.text('storage'))),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/content',
    params: {
      content: optional(oneOf('iso', 'vztmpl', 'backup', 'images', 'rootdir', 'import', 'snippets')),
      vmid: optional(integer(100)),
    },
    handle: listContent,
  },
  {
    method: 'DELETE',
    path: '/nodes/{node}/storage/{storage}/content/{volume*}',
    params: { delay: optional(integer(1, 30)) },
    handle: removeContent,
  },
];
