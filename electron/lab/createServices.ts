import { systemClock } from '../../shared/base/clock.ts';
import { TicketOffice } from './auth/tickets.ts';
import { randomPassword, UserStore } from './auth/users.ts';
import { type BackendFactory, BackendPool } from './backends.ts';
import { LabCluster } from './cluster/cluster.ts';
import { ConsoleBroker } from './console/consoleBroker.ts';
import { DefaultBackends } from './defaultBackends.ts';
import { Guests } from './guestPower.ts';
import type { LabOptions } from './labTypes.ts';
import { Operations } from './operations.ts';
import { ClusterCertificates } from './pki/certificates.ts';
import { createQuirks } from './quirks.ts';
import { ResourceCache } from './resourceCache.ts';
import type { LabServices } from './services.ts';
import { TunnelBroker } from './remote/tunnelBroker.ts';
import { SpiceProxy } from './spice/spiceProxy.ts';
import { Replications } from './tasks/replication.ts';
import { TaskEngine } from './tasks/taskEngine.ts';

const VERSION = { version: '9.1.2', release: '9.1' } as const;

/** Everything of one lab, joined up, before it listens. */
export function createServices(options: LabOptions): LabServices {
  const clock = options.clock ?? systemClock;
  const quirks = createQuirks(options.quirks);
  const nowS = () => (clock.wallMs() + quirks.clockOffsetMs) / 1000;
  const nowMs = () => clock.wallMs();
  const cluster = new LabCluster(options.guests ?? 12, nowMs(), options);
  const tasks = new TaskEngine(clock, quirks);
  const tickets = new TicketOffice(nowS);
  const consoles = new ConsoleBroker({ clock, quirks, tickets, tasks });
  const handleExit = (vmid: number) => {
    const guest = cluster.guests.get(vmid);
    if (guest?.status === 'running') guests.markStopped(guest);
  };
  const defaults = new DefaultBackends({ qemu: options.qemu ?? true, log: options.log ?? (() => undefined) });
  const certificates = new ClusterCertificates(clock);
  const spiceIdentity = certificates.forSpice();
  const create = options.createBackend ?? defaults.create;
  const createWithSpice: BackendFactory = (guest) => create({ ...guest, spice: spiceIdentity });
  const backends = new BackendPool(createWithSpice, handleExit, () => defaults.dispose());
  const guests: Guests = new Guests({ cluster, tasks, backends, consoles, nowMs });
  return {
    clock,
    quirks,
    cluster,
    tasks,
    replications: new Replications(cluster, clock, quirks),
    tickets,
    backends,
    consoles,
    guests,
    nowS,
    users: new UserStore(options.password ?? randomPassword()),
    operations: new Operations({
      ...{ cluster, tasks, guests, quirks, nowMs, backends },
      migrationVia: options.migrationVia,
    }),
    resources: new ResourceCache(cluster, quirks, clock),
    certificates,
    spiceIdentity,
    spiceProxy: new SpiceProxy({ clock, quirks, tickets }),
    tunnels: new TunnelBroker({ clock, quirks, tickets, tasks, cluster }),
    version: VERSION,
  };
}
