import { closeSync, openSync, readSync } from 'node:fs';
import { type Socket, SocketAddress } from 'node:net';

/** A connection that waits for its peer's system, as far as nobody above TCP can see it. */
export interface TcpState {
  /**
   * For an answer to bytes that are sent again and again, to probes of a peer whose window is closed, or to keepalive
   * probes.
   */
  readonly waitsFor: 'resent' | 'window' | 'keepalive';
  /** Times in a row that the same bytes were sent again and not acknowledged. */
  readonly resends: number;
  /** Unanswered in a row. */
  readonly probes: number;
  /** Written and not acknowledged by the peer's system. */
  readonly queuedBytes: number;
}

const NEWLINE = 0x0a;
const MOST_UNANSWERED = 1; // probes: one may be under way
const timers: Readonly<Record<string, TcpState['waitsFor']>> = { '01': 'resent', '02': 'keepalive', '04': 'window' };

/**
 * Local and remote address, state, queues, timer and its due time, resends, user, unanswered probes: proc(5) and the
 * kernel's `tcp4_seq_show`. Only lines of connections that wait: with resends, with probes, or with a closed window.
 */
const linePattern =
  /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]+):[0-9A-F]+ (?:(01):[0-9A-F]+ (?!0{8})([0-9A-F]{8}) +\d+ +(\d+)|(02):[0-9A-F]+ ([0-9A-F]{8}) +\d+ +([1-9]\d*)|(04):[0-9A-F]+ ([0-9A-F]{8}) +\d+ +(\d+)) /gm;

/** By `connectionKey`: those that wait. All others are left out, a thousand silent ones cost nothing. */
export function parseTcpTable(table: string): Map<string, TcpState> {
  const states = new Map<string, TcpState>();
  for (const [, local = '', address = '', remote = '', queued = '', ...found] of table.matchAll(linePattern)) {
    const [timer = '', resends = '', probes] = found.filter((text) => text !== undefined);
    const waitsFor = timers[timer];
    if (!waitsFor) continue;
    states.set(connectionKey(hexNumber(local), addressOf(address), hexNumber(remote)), {
      waitsFor,
      resends: hexNumber(resends),
      probes: Number(probes),
      queuedBytes: hexNumber(queued),
    });
  }
  return states;
}

export function connectionKey(localPort: number, remoteAddress: string, remotePort: number): string {
  return `${localPort} ${remoteAddress} ${remotePort}`;
}

/** As Node writes it: the kernel shows words of 32 bits in this machine's order of bytes (little-endian). */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map(hexNumber).join('.');
  const address = (bytes.join('').match(/.{4}/g) ?? []).join(':');
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/**
 * Whether the peer reads nothing any more, while its system still answers: then nothing of ours can reach it, no answer
 * to a ping can come, and it is not dead.
 */
export function isWindowClosed(state: TcpState | undefined): boolean {
  return state?.waitsFor === 'window' && state.probes <= MOST_UNANSWERED;
}

interface Snapshot {
  readonly states: ReadonlyMap<string, TcpState>;
  readonly atMs: number;
}

const snapshots = new Map<string, Snapshot>();

/** On Linux, for what is not a Unix socket. */
export function hasTcpState(socket: Socket): boolean {
  return process.platform === 'linux' && socket.remotePort !== undefined;
}

/**
 * `undefined` where it waits for nothing, or nothing is known. All connections share what was read at most `maxAgeMs`
 * ago.
 */
export function tcpStateOf(socket: Socket, maxAgeMs: number): TcpState | undefined {
  if (!hasTcpState(socket)) return undefined;
  const { states } = snapshotOf(socket.remoteFamily === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp', maxAgeMs);
  const { localPort, remoteAddress, remotePort } = socket;
  if (states.size === 0 || localPort === undefined || remoteAddress === undefined || remotePort === undefined) {
    return undefined;
  }
  return states.get(connectionKey(localPort, remoteAddress.replace(/%.*/, ''), remotePort));
}

function snapshotOf(file: string, maxAgeMs: number): Snapshot {
  const nowMs = performance.now();
  const kept = snapshots.get(file);
  if (kept && nowMs - kept.atMs < maxAgeMs) return kept;
  const snapshot = { states: readTable(file), atMs: nowMs };
  snapshots.set(file, snapshot);
  return snapshot;
}

const hexNumber = (hex: string) => Number.parseInt(hex, 16);

const PART_BYTES = 32 << 10; // some 200 connections; with thousands the table as a whole would be megabytes of garbage
const part = Buffer.allocUnsafeSlow(PART_BYTES);

/** Empty where it cannot be read: then nothing is known. */
function readTable(file: string): Map<string, TcpState> {
  const states = new Map<string, TcpState>();
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    for (let kept = 0; ; ) {
      const bytes = readSync(fd, part, kept, PART_BYTES - kept, null);
      if (bytes === 0) return states;
      const end = part.lastIndexOf(NEWLINE, kept + bytes - 1) + 1;
      for (const [key, state] of parseTcpTable(part.toString('latin1', 0, end))) states.set(key, state);
      part.copyWithin(0, end, kept + bytes);
      kept += bytes - end;
    }
  } catch {
    return states; // no such file, or not ours to read
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
