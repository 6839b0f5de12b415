import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Whether the other end of a loopback connection is a program of this user, or of root, who may do anything anyway.
 * Linux tells (`/proc/net/tcp`); elsewhere, and where the table can't be read, nothing is known and it is true.
 */
export function isOwnProgram({ remotePort, localPort }: Socket): boolean {
  const uid = process.getuid?.();
  if (process.platform !== 'linux' || uid === undefined || uid === 0) return true;
  if (remotePort === undefined || localPort === undefined) return false; // gone already
  const owner = ownerOf(readTable(), remotePort, localPort);
  return owner === undefined || owner === uid || owner === 0;
}

/** The user of the IPv4 socket from `port` to `toPort`, both on loopback. */
export function ownerOf(table: string, port: number, toPort: number): number | undefined {
  const [from, to] = [port, toPort].map((one) => `0100007F:${one.toString(16).toUpperCase().padStart(4, '0')}`);
  for (const line of table.split('\n').slice(1)) {
    const [, local, remote, , , , , owner] = line.trim().split(/\s+/);
    if (local === from && remote === to) return Number(owner);
  }
  return undefined;
}

function readTable(): string {
  try {
    return readFileSync('/proc/net/tcp', 'latin1');
  } catch {
    return ''; // some containers hide it
  }
}
