import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** What the system knows about a connection that nobody above TCP can see. */
export interface TcpState {
  /**
   * What it waits for: an answer to bytes that it sends again and again, to probes of a peer whose window is closed, to
   * keepalive probes, or nothing.
   */
  readonly waitsFor: 'nothing' | 'resent' | 'window' | 'keepalive';
  /** Times in a row that the same bytes were sent again and not acknowledged. */
  readonly resends: number;
  /** Unanswered in a row. */
  readonly probes: number;
  /** Written and not acknowledged by the peer's system. */
  readonly queuedBytes: number;
}

const MOST_UNANSWERED = 1; // probes: one may be under way
const timers: Readonly<Record<string, TcpState['waitsFor']>> = { '01': 'resent', '02': 'keepalive', '04': 'window' };

/**
 * Local and remote address, state, queues, timer and its due time, resends, user, unanswered probes: proc(5) and the
 * kernel's `tcp4_seq_show`.
 */
const linePattern =
  /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]+):[0-9A-F]+ ([0-9A-F]{2}):[0-9A-F]+ ([0-9A-F]+) +\d+ +(\d+) /gm;

/** By `LOCALPORT:REMOTEPORT`, hexadecimal. `undefined` where two connections share their ports: which is which? */
export function parseTcpTable(table: string): Map<string, TcpState | undefined> {
  const states = new Map<string, TcpState | undefined>();
  for (const [, local, remote, queued = '', timer = '', resends = '', probes] of table.matchAll(linePattern)) {
    const key = `${local}:${remote}`;
    const state: TcpState = {
      waitsFor: timers[timer] ?? 'nothing',
      resends: Number.parseInt(resends, 16),
      probes: Number(probes),
      queuedBytes: Number.parseInt(queued, 16),
    };
    states.set(key, states.has(key) ? undefined : state);
  }
  return states;
}

/**
 * Whether the peer reads nothing any more, while its system still answers: then nothing of ours can reach it, no answer
 * to a ping can come, and it is not dead.
 */
export function isWindowClosed(state: TcpState | undefined): boolean {
  return state?.waitsFor === 'window' && state.probes <= MOST_UNANSWERED;
}

interface Snapshot {
  readonly states: ReadonlyMap<string, TcpState | undefined>;
  readonly atMs: number;
}

const snapshots = new Map<string, Snapshot>();

/** On Linux, for what is not a Unix socket. */
export function hasTcpState(socket: Socket): boolean {
  return process.platform === 'linux' && socket.remotePort !== undefined;
}

/** `undefined` where nothing is known. All connections share what was read at most `maxAgeMs` ago. */
export function tcpStateOf(socket: Socket, maxAgeMs: number): TcpState | undefined {
  const { localPort, remotePort } = socket;
  if (!hasTcpState(socket) || localPort === undefined || remotePort === undefined) return undefined;
  const file = socket.remoteFamily === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp';
  return snapshotOf(file, maxAgeMs).states.get(`${hex(localPort)}:${hex(remotePort)}`);
}

function snapshotOf(file: string, maxAgeMs: number): Snapshot {
  const nowMs = performance.now();
  const kept = snapshots.get(file);
  if (kept && nowMs - kept.atMs < maxAgeMs) return kept;
  const snapshot = { states: parseTcpTable(read(file)), atMs: nowMs };
  snapshots.set(file, snapshot);
  return snapshot;
}

const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // not mounted: nothing is known
  }
}
