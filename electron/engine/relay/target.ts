import { AppError } from '../../../shared/base/errors.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import type { Budget, FlowWeight } from '../../../shared/flow/budget.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import { formatAddress } from '../net/address.ts';
import { connectTcp, connectTls, connectUnix } from '../net/connector.ts';
import { openWebSocket } from '../net/openWebSocket.ts';
import type { HttpProxy } from '../net/proxy.ts';
import type { SocketDuplex } from '../net/socketDuplex.ts';
import type { Trust } from '../net/trust.ts';
import type { IdleLimits } from '../../../shared/flow/idleLimits.ts';
import { PlainTunnel } from '../tunnel/plainTunnel.ts';
import type { Tunnel } from '../tunnel/tunnel.ts';
import { WatchedTunnel } from '../tunnel/watchedTunnel.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';

export const MIN_WINDOW_BYTES = 8 << 10; // kept for every direction of every relay, so 4,096 of them fit into 64 MiB

/** What a relay leads to, and how to get there. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly via?: HttpProxy | undefined;
  /** Of the WebSocket request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly trust: Trust;
  /** `zero` only where the server is known to take it. */
  readonly masking?: 'zero' | 'random' | undefined;
  readonly heartbeatMs?: number | undefined;
  readonly idleLimits?: IdleLimits | undefined;
}

export interface WindowPlan {
  readonly budget: Budget;
  /** The most one direction may hold. */
  readonly windowBytes: number;
  readonly weight: FlowWeight;
}

/** `undefined` when all memory is promised to others. */
export function openWindow({ budget, windowBytes, weight }: WindowPlan): FlowWindow | undefined {
  return budget.open({ minBytes: Math.min(MIN_WINDOW_BYTES, windowBytes), wantedBytes: windowBytes, weight });
}

/** Opens a tunnel to a target. Fails as the connector and `openWebSocket` do, and with `limit`. */
export async function openTarget(target: Target, plan: WindowPlan, signal: AbortSignal, clock: Clock): Promise<Tunnel> {
  const window = openWindow(plan);
  if (!window) {
    throw new AppError('limit', 'All memory for connections is in use. Close some of them.', { retry: 'later' });
  }
  try {
    return await connect(target, window, signal, clock);
  } catch (error) {
    window.dispose();
    throw error;
  }
}

async function connect(target: Target, window: FlowWindow, signal: AbortSignal, clock: Clock): Promise<Tunnel> {
  const { endpoint, via, trust, headers, masking, heartbeatMs, idleLimits } = target;
  const common = { window, signal, clock, label: formatEndpoint(endpoint), keepAliveMs: heartbeatMs };
  const plain = (duplex: SocketDuplex) => new PlainTunnel(duplex, window, { heartbeatMs, clock });
  if (endpoint.kind === 'unix') return plain(await connectUnix({ ...common, path: endpoint.path }));
  const { address } = endpoint;
  if (endpoint.kind === 'tcp') return plain(await connectTcp({ ...common, ...address, via }));
  if (endpoint.kind === 'tls') return plain(await connectTls({ ...common, ...address, via, trust }));
  const duplex = await openWebSocket({
    ...common,
    address,
    via,
    path: 'path' in endpoint ? endpoint.path : '/',
    headers,
    masking: masking ?? 'random',
    ...(endpoint.kind === 'wss' && { trust }),
  });
  return new WatchedTunnel(duplex, window, { heartbeatMs, idleLimits, address: formatAddress(address), clock });
}
