import { ApiApp } from './api/apiApp.ts';
import { allRoutes } from './api/routes.ts';
import { createServices } from './createServices.ts';
import type { Lab, LabOptions } from './labTypes.ts';
import { Life } from './life.ts';
import { openNodes } from './nodeDoors.ts';
import { RunningLab } from './runningLab.ts';
import { OpenIdProvider } from './openId/openIdProvider.ts';
import { OpenIdRealm } from './openId/openIdRealm.ts';
import type { LabServices } from './services.ts';

export type { Lab, LabOptions, TotpAccount } from './labTypes.ts';

/** So that their login is there when somebody looks. */
function bootQemuGuests({ cluster, backends }: LabServices, log: LabOptions['log']): void {
  for (const guest of cluster.guests.values()) {
    if (guest.backend !== 'qemu' || guest.status !== 'running') continue;
    backends.ofGuest(guest).catch((error: unknown) => log?.(`guest ${guest.vmid} did not start: ${String(error)}`));
  }
}

/** Starts a Proxmox VE cluster of our own in this process, listening on loopback. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const services = createServices(options);
  const { cluster } = services;
  const openIdProvider = options.openId === true ? await OpenIdProvider.start() : undefined;
  if (openIdProvider) services.openId = new OpenIdRealm(openIdProvider);
  const app = new ApiApp(services, allRoutes);
  const nodes = await openNodes(services, app, {
    port: options.port ?? 0,
    ownAddresses: options.ownAddresses === true,
  });
  await services.spiceProxy.listen();
  options.log?.(
    `lab: listening on ${nodes.map(({ address }) => address).join(', ')} with ${cluster.guests.size} guests`,
  );
  if (options.qemu === true) bootQemuGuests(services, options.log);
  const life = options.life === false ? undefined : new Life(services);
  return new RunningLab(services, { nodes, life, openIdProvider });
}
