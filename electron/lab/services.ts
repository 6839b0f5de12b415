import type { Clock } from '../../shared/base/clock.ts';
import type { TicketOffice } from './auth/tickets.ts';
import type { UserStore } from './auth/users.ts';
import type { BackendPool } from './backends.ts';
import type { LabCluster } from './cluster/cluster.ts';
import type { ConsoleBroker } from './console/consoleBroker.ts';
import type { Guests } from './guestPower.ts';
import type { OpenIdRealm } from './openId/openIdRealm.ts';
import type { Operations } from './operations.ts';
import type { ClusterCertificates } from './pki/certificates.ts';
import type { LabQuirks } from './quirks.ts';
import type { SpiceIdentity } from './qemu/spiceServer.ts';
import type { ResourceCache } from './resourceCache.ts';
import type { TunnelBroker } from './remote/tunnelBroker.ts';
import type { SpiceProxy } from './spice/spiceProxy.ts';
import type { Replications } from './tasks/replication.ts';
import type { TaskEngine } from './tasks/taskEngine.ts';

/** What the API's handlers work with. */
export interface LabServices {
  readonly clock: Clock;
  readonly quirks: LabQuirks;
  readonly cluster: LabCluster;
  readonly tasks: TaskEngine;
  readonly replications: Replications;
  readonly tickets: TicketOffice;
  readonly users: UserStore;
  /** Where the lab was started with one. */
  openId?: OpenIdRealm;
  readonly backends: BackendPool;
  readonly consoles: ConsoleBroker;
  readonly spiceProxy: SpiceProxy;
  readonly tunnels: TunnelBroker;
  /** What SPICE servers show. They keep it for their life, whatever becomes of the nodes' own. */
  readonly spiceIdentity: SpiceIdentity & { readonly subject: string };
  readonly guests: Guests;
  readonly operations: Operations;
  readonly resources: ResourceCache;
  /** The cluster's time in seconds, `clockOffsetMs` included. */
  nowS(): number;
  readonly certificates: ClusterCertificates;
  readonly version: { readonly version: string; readonly release: string };
}
