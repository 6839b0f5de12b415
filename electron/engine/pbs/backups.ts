import { AppError } from '../../../shared/base/errors.ts';
import type {
  BackupDatastore,
  BackupEntry,
  BackupGroup,
  BackupSnapshot,
  SnapshotQuery,
  SnapshotRef,
} from '../../../shared/model/backup.ts';
import { products } from '../../../shared/model/product.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { SessionService } from '../session/sessionService.ts';
import {
  type BrowseOptions,
  listDatastores,
  listEntries,
  listGroups,
  listNamespaces,
  listSnapshots,
} from './browse.ts';
import type { ReaderServer } from './openReader.ts';

/** What signed-in Backup Servers keep, and the way to read it. Fails as a session does, and with `unsupported`. */
export class Backups {
  readonly #sessions: SessionService;

  constructor(sessions: SessionService) {
    this.#sessions = sessions;
  }

  async datastores(clusterId: string, options?: BrowseOptions): Promise<BackupDatastore[]> {
    return await listDatastores(this.#session(clusterId).api, options);
  }

  /** The root is an empty name. */
  async namespaces(clusterId: string, datastore: string, options?: BrowseOptions): Promise<string[]> {
    return await listNamespaces(this.#session(clusterId).api, datastore, options);
  }

  async groups(clusterId: string, query: SnapshotQuery, options?: BrowseOptions): Promise<BackupGroup[]> {
    return await listGroups(this.#session(clusterId).api, query, options);
  }

  async snapshots(clusterId: string, query: SnapshotQuery, options?: BrowseOptions): Promise<BackupSnapshot[]> {
    return await listSnapshots(this.#session(clusterId).api, query, options);
  }

  /** What is in a folder of an archive of files; an empty path: the archives that can be looked into. */
  async entries(
    clusterId: string,
    snapshot: SnapshotRef,
    filepath: string,
    options?: BrowseOptions,
  ): Promise<BackupEntry[]> {
    return await listEntries(this.#session(clusterId).api, snapshot, filepath, options);
  }

  /**
   * Where restores read from, as whoever is signed in: with the trust and the ticket that the session has when a
   * connection is opened, not those of now.
   */
  server(clusterId: string): ReaderServer {
    const session = this.#session(clusterId);
    return {
      get address() {
        return session.connection.address;
      },
      get trust() {
        session.requireActive(); // a changed certificate stops this too
        return session.connection.trust;
      },
      credentials: () => session.credentials,
    };
  }

  #session(clusterId: string): ClusterSession {
    const session = this.#sessions.active(clusterId);
    if (session.product === 'pbs') return session;
    const { label } = products[session.product];
    throw new AppError(
      'unsupported',
      `${session.record.name} is a ${label}. Backups are read from a ${products.pbs.label}; sign in to that.`,
    );
  }
}
