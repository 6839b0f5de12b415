import { AppError } from '../../../shared/base/errors.ts';
import type { Budget, FlowWeight } from '../../../shared/flow/budget.ts';
import { formatAddress, type HostPort } from '../net/address.ts';
import { openWebSocket } from '../net/openWebSocket.ts';
import type { Trust } from '../net/trust.ts';
import { PVE_MAX_FRAME_BYTES } from '../net/webSocketDuplex.ts';
import type { Tunnel } from './tunnel.ts';
import { WatchedTunnel, type WatchOptions } from './watchedTunnel.ts';

const WINDOW_BYTES = 1 << 20; // 8 ms at 1 Gbit/s
const MIN_WINDOW_BYTES = 16 << 10; // a screen of text, or a few tiles of picture: kept for it whatever others do

export interface TunnelOptions extends Omit<WatchOptions, 'address'> {
  readonly address: HostPort;
  /** Origin-form, encoded; see `vncWebSocketPath`. The connection is opened while it is still to come. */
  readonly path: string | Promise<string>;
  /** Cookie or token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: Trust;
  /** The one of the process. */
  readonly budget: Budget;
  readonly weight?: FlowWeight;
  readonly windowBytes?: number;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly upgradeTimeoutMs?: number | undefined;
  readonly label?: string;
}

/** `base` is the API path of guest or node, such as `/api2/json/nodes/pve1/qemu/100` (PVE wire facts 3.2). */
export function vncWebSocketPath(base: string, port: number, ticket: string): string {
  return `${base}/vncwebsocket?port=${port}&vncticket=${encodeURIComponent(ticket)}`;
}

/**
 * Opens a tunnel to a console of a Proxmox VE server. Fails as `openWebSocket` does, and with `limit` when all memory
 * for tunnels is promised to others. The heartbeat begins when the duplex is started.
 */
export async function openWebSocketTunnel(options: TunnelOptions): Promise<Tunnel> {
  const { budget, weight = 'interactive', windowBytes = WINDOW_BYTES } = options;
  const window = budget.open({ minBytes: MIN_WINDOW_BYTES, wantedBytes: windowBytes, weight });
  if (!window) {
    throw new AppError('limit', 'All memory for connections is in use. Close some consoles.', { retry: 'later' });
  }
  const label = options.label ?? formatAddress(options.address);
  try {
    const { address, path, headers, trust, signal, timeoutMs, upgradeTimeoutMs, clock } = options;
    const how = { masking: 'zero', maxFrameBytes: PVE_MAX_FRAME_BYTES, isAbruptEndNormal: true } as const;
    const given = { address, path, headers, trust, window, signal, timeoutMs, upgradeTimeoutMs, clock };
    const duplex = await openWebSocket({ ...given, ...how, label });
    return new WatchedTunnel(duplex, window, { ...options, address: formatAddress(address) });
  } catch (error) {
    window.dispose();
    throw error;
  }
}
