import type { MethodHandlers } from '../../shared/wire/peer.ts';
import type { transferMethods } from '../../shared/wire/transferContract.ts';
import type { Transfers } from './transfer/transfers.ts';

/** What a page may call about transfers. */
export function transferHandlers(transfers: Transfers): Pick<MethodHandlers, keyof typeof transferMethods> {
  const { queue } = transfers;
  return {
    'transfer.upload': (request) => transfers.upload(request),
    'transfer.targets': ({ clusterId }, { signal }) => transfers.targets(clusterId, signal),
    'transfer.file': ({ path }) => transfers.file(path),
    'transfer.guestBackups': ({ clusterId, guestId }, { signal }) => transfers.guestBackups(clusterId, guestId, signal),
    'transfer.backedUpFiles': ({ clusterId, ...place }, { signal }) =>
      transfers.backedUpFiles(clusterId, place, signal),
    'transfer.download': (request) => transfers.download(request),
    'transfer.restore': ({ keyPassword, ...request }) => transfers.restore(request, keyPassword),
    'transfer.unlock': async ({ transferId, password }) => {
      await transfers.unlock(transferId, password);
      return {};
    },
    'transfer.migrationOptions': ({ clusterId, guestId, targetClusterId }, { signal }) =>
      transfers.migrationOptions(clusterId, guestId, targetClusterId, signal),
    'transfer.migrate': (request) => transfers.migrate(request),
    'transfer.answer': ({ transferId, choice, filename }) => {
      transfers.answer(transferId, choice, filename);
      return {};
    },
    'transfer.pause': ({ transferId }) => {
      queue.pause(transferId);
      return {};
    },
    'transfer.resume': ({ transferId }) => {
      queue.resume(transferId);
      return {};
    },
    'transfer.cancel': ({ transferId }) => {
      queue.cancel(transferId);
      return {};
    },
    'transfer.retry': ({ transferId }) => ({ transferId: queue.retry(transferId) }),
    'transfer.remove': ({ transferId }) => {
      queue.remove(transferId);
      return {};
    },
    'transfer.limit': ({ limits }) => {
      queue.limit(limits);
      return {};
    },
    'transfer.list': () => queue.full(),
  };
}
