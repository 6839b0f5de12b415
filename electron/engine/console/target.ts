import { AppError } from '../../../shared/base/errors.ts';
import type { ConsoleTarget, ConsoleView } from '../../../shared/model/console.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { ApiClient } from '../api/apiClient.ts';
import type { Form } from '../api/form.ts';
import { guestStatusAnswer, type ProxyAnswer, proxyAnswer } from '../api/schemas.ts';

const PROXY_TIMEOUT_MS = 20_000; // the server itself waits some 5 s for the port (PVE wire facts 3.1)

/** What a cluster shows. */
export type ClusterTarget = Exclude<ConsoleTarget, { kind: 'endpoint' }>;

/** What the console's owner finds guests with. */
export interface GuestFinder {
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
}

export async function findPlace(finder: GuestFinder, target: ClusterTarget, again: boolean): Promise<Place> {
  if (target.kind === 'node') {
    const base = `/nodes/${encodeURIComponent(target.node)}`;
    return { node: target.node, base, label: target.node, guest: undefined };
  }
  const guest = await (again ? finder.relocate : finder.locate).call(finder, target.clusterId, target.guestId);
  const base = `/nodes/${encodeURIComponent(guest.node)}/${guest.type}/${guest.vmid}`;
  return { node: guest.node, base, label: guest.name, guest };
}

/**
 * Refuses a guest that is off or that has no such console, before a worker is started for it. The list lags by 10 s,
 * so a guest that it calls stopped is asked itself.
 */
export async function checkGuest(api: ApiClient, place: Place, view: ConsoleView, signal: AbortSignal): Promise<void> {
  const { guest } = place;
  const wantsSerial = view === 'terminal' && guest?.type === 'qemu';
  if (!guest || (guest.state === 'running' && !wantsSerial)) return;
  const status = await api.get(`${place.base}/status/current`, guestStatusAnswer, { signal }).catch(unlessPrivilege);
  const isOff = status ? status.status === 'stopped' : guest.state === 'stopped';
  if (isOff)
    throw new AppError('not-running', `${guest.name} is off. Start it, then open its console.`, { retry: 'later' });
  if (wantsSerial && status && !status.serial) {
    throw new AppError('no-console', `${guest.name} has no serial port. Add one to its hardware, or open its screen.`);
  }
}

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

function proxyRequest({ base, guest }: Place, view: ConsoleView): { path: string; form: Form } {
  if (view === 'terminal') return { path: `${base}/termproxy`, form: {} };
  if (!guest) return { path: `${base}/vncshell`, form: { websocket: true } };
  // Old servers need to be asked for a password; containers refuse the question.
  const form = guest.type === 'qemu' ? { websocket: true, 'generate-password': true } : { websocket: true };
  return { path: `${base}/vncproxy`, form };
}
