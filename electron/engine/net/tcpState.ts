import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

const PERSIST_TIMER = '04'; // the peer's window is closed and the system probes it now and then
const MOST_UNANSWERED = 1; // probes: one may be under way

/**
 * Whether the peer reads nothing any more, while its system still answers: then nothing of ours can reach it, no answer
 * to a ping can come, and it is not dead. Known on Linux only (proc(5), /proc/net/tcp); elsewhere false.
 */
export function isWindowClosed(socket: Socket): boolean {
  const { localPort, remotePort } = socket;
  if (process.platform !== 'linux' || localPort === undefined || remotePort === undefined) return false;
  const file = socket.remoteFamily === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp';
  return hasClosedWindow(read(file), localPort, remotePort);
}

/** `table`: local and remote address, state, queues, timer and its due time, retransmits, user, unanswered probes. */
export function hasClosedWindow(table: string, localPort: number, remotePort: number): boolean {
  const [local, remote] = [hexPort(localPort), hexPort(remotePort)];
  const line = table.split('\n').find((one) => {
    const [, from, to] = one.trim().split(/\s+/);
    return from?.endsWith(local) === true && to?.endsWith(remote) === true;
  });
  const [, , , , , timer = '', , , probes = ''] = line?.trim().split(/\s+/) ?? [];
  return timer.startsWith(PERSIST_TIMER) && Number(probes) <= MOST_UNANSWERED;
}

const hexPort = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // not mounted: nothing is known
  }
}
