import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

import type { HostPort } from './address.ts';

/** Addresses of this machine that others may reach, the one on the way to `peer` first. Nothing is sent. */
export async function localHosts(peer: HostPort): Promise<string[]> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outer = all
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address);
  const first = await routeTo(peer);
  return [...new Set([...(first === undefined ? [] : [first]), ...outer])];
}

/** The address that packets to there would carry: a connected UDP socket knows, and has sent nothing. */
function routeTo({ host, port }: HostPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    const end = (address: string | undefined) => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => end(undefined)); // no route, or no such name: it is only a suggestion
    socket.connect(port, host, () => end(socket.address().address));
  });
}
