import { AppError } from '../../../shared/base/errors.ts';
import type { ConsoleTarget, ConsoleView } from '../../../shared/model/console.ts';
import type { Guest, Node } from '../../../shared/model/inventory.ts';
import { managedGuestBase, managedNodeBase, requirePassedOn } from './managedPlace.ts';
import type { ApiClient } from '../api/apiClient.ts';
import type { Form } from '../api/form.ts';
import { guestStatusAnswer, type ProxyAnswer, proxyAnswer } from '../api/schemas.ts';

const PROXY_TIMEOUT_MS = 20_000; // the server itself waits some 5 s for the port (PVE wire facts 3.1)

/** What a cluster shows. */
export type ClusterTarget = Exclude<ConsoleTarget, { kind: 'endpoint' }>;

/** What the console's owner finds guests with. */
export interface GuestFinder {
  node(clusterId: string, name: string): Node | undefined;
  locate(clusterId: string, guestId: string): Promise<Guest>;
  relocate(clusterId: string, guestId: string): Promise<Guest>;
}

/** Whose console it is and what the server calls it. */
export interface Place {
  readonly node: string;
  /** API path of guest or node, without prefix. */
  readonly base: string;
  readonly label: string;
  readonly guest: Guest | undefined;
  /** Of a Datacenter Manager, which passes it on. */
  readonly remote: string | undefined;
}

export async function findPlace(finder: GuestFinder, target: ClusterTarget, again: boolean): Promise<Place> {
  if (target.kind === 'node') {
    const remote = finder.node(target.clusterId, target.node)?.remote;
    const own = `/nodes/${encodeURIComponent(target.node)}`;
    const base = remote === undefined ? own : managedNodeBase(remote, target.node);
    return { node: target.node, base, label: target.node, guest: undefined, remote };
  }
  const guest = await (again ? finder.relocate : finder.locate).call(finder, target.clusterId, target.guestId);
  const { remote, type, vmid } = guest;
  const own = `/nodes/${encodeURIComponent(guest.node)}/${type}/${vmid}`;
  const base = remote === undefined ? own : managedGuestBase(remote, type, vmid);
  return { node: guest.node, base, label: guest.name, guest, remote };
}

/**
 * Refuses a guest that is off or that has no such console, before a worker is started for it. The list lags by 10 s,
 * so a guest that it calls stopped is asked itself.
 */
export async function checkGuest(api: ApiClient, place: Place, view: ConsoleView, signal: AbortSignal): Promise<void> {
  const { guest, remote } = place;
  if (remote !== undefined) {
    requirePassedOn(guest?.type, view);
    if (guest?.state === 'stopped') throw isOffError(guest);
    return;
  }
  const wantsSerial = view === 'terminal' && guest?.type === 'qemu';
  if (!guest || (guest.state === 'running' && !wantsSerial)) return;
  const status = await api.get(`${place.base}/status/current`, guestStatusAnswer, { signal }).catch(unlessPrivilege);
  const isOff = status ? status.status === 'stopped' : guest.state === 'stopped';
  if (isOff) throw isOffError(guest);
  if (wantsSerial && status && !status.serial) {
    throw new AppError('no-console', `${guest.name} has no serial port. Add one to its hardware, or open its screen.`);
  }
}

const isOffError = ({ name }: Guest) =>
  new AppError('not-running', `${name} is off. Start it, then open its console.`, { retry: 'later' });

function unlessPrivilege(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'forbidden') return undefined;
  throw error;
}

/** Asks for a worker and a ticket (PVE wire facts 3.1, 4.1). Each answer is good for one connection. */
export async function askForProxy(
  api: ApiClient,
  place: Place,
  view: ConsoleView,
  signal: AbortSignal,
): Promise<ProxyAnswer> {
  const { path, form } = proxyRequest(place, view);
  return await api.post(path, proxyAnswer, { form, timeoutMs: PROXY_TIMEOUT_MS, signal });
}

function proxyRequest({ base, guest, remote }: Place, view: ConsoleView): { path: string; form: Form } {
  if (view === 'terminal') return { path: `${base}/termproxy`, form: {} };
  if (!guest) return { path: `${base}/vncshell`, form: { websocket: true } };
  // Old servers need to be asked for a password; containers refuse the question.
  const form =
    guest.type === 'qemu' && remote === undefined
      ? { websocket: true, 'generate-password': true }
      : { websocket: true };
  return { path: `${base}/vncproxy`, form };
}
