import { AppError } from '../../../shared/base/errors.ts';
import type { ApiClient } from '../api/apiClient.ts';
import { guestStatusAnswer, type SpiceAnswer, spiceAnswer } from '../api/schemas.ts';
import type { Place } from '../console/target.ts';
import { parseAddress } from '../net/address.ts';
import type { GuestDisplays } from '../../../shared/model/viewer.ts';

const TIMEOUT_MS = 20_000; // the server asks QEMU, on another node by way of that
const DEFAULT_PORT = 3128;

/** What a guest offers now (PVE wire facts 2.3). Fails as the API does, and with `not-running`. */
export async function readDisplays(api: ApiClient, place: Place, signal: AbortSignal): Promise<GuestDisplays> {
  const status = await api.get(`${place.base}/status/current`, guestStatusAnswer, { signal });
  const isContainer = place.guest?.type === 'lxc';
  if (status.status !== 'running') return { spice: false, vnc: false, terminal: false };
  return { spice: status.spice && !isContainer, vnc: true, terminal: isContainer || status.serial };
}

/**
 * A ticket for all SPICE channels of a guest, good for 40 s; its password replaces the one before. `host` is how we
 * reach the cluster: the server puts it into its answer (facts 5.1).
 */
export async function askForSpice(
  api: ApiClient,
  place: Place,
  host: string,
  signal: AbortSignal,
): Promise<SpiceAnswer> {
  try {
    const form = { proxy: host };
    return await api.post(`${place.base}/spiceproxy`, spiceAnswer, { form, timeoutMs: TIMEOUT_MS, signal });
  } catch (error) {
    throw explain(AppError.from(error), place);
  }
}

/** The display was changed while the guest ran: what its settings say is not what QEMU was started with. */
function explain(error: AppError, { label }: Place): AppError {
  if (!/no spice port/.test(error.message)) return error;
  const message = `${label} has no SPICE display now. Restart it after its display was changed, or open it in a VNC viewer.`;
  return new AppError('no-console', message);
}

/**
 * Where the cluster's SPICE proxy is: its port from the answer, and our own way to the cluster. The answer's host may
 * be a name that only the cluster knows.
 */
export function spiceProxyOf(answer: SpiceAnswer, host: string): { host: string; port: number } {
  const match = /^http:\/\/([^/?#@]+)\/?$/.exec(answer.proxy);
  if (!match?.[1]) throw unreadable('proxy');
  return { host, port: parseAddress(match[1], DEFAULT_PORT).port };
}

/** Throws `protocol` for a ticket that cannot be one: it goes into a request and a file. */
export function checkTicket(answer: SpiceAnswer): void {
  const port = answer['tls-port'];
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw unreadable('tls-port');
  if (!/^[!-~]{1,512}$/.test(answer.host)) throw unreadable('host');
  if (!/^[!-~]{1,60}$/.test(answer.password)) throw unreadable('password');
}

function unreadable(field: string): AppError {
  return new AppError('protocol', 'The server answered spiceproxy in a way Sluice can’t read.', { detail: { field } });
}
