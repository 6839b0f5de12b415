import { randomBytes } from 'node:crypto';

import type { LabGuest } from '../../cluster/model.ts';
import { ApiError } from '../../http/apiError.ts';
import { optional, text } from '../params.ts';
import type { Call, Route } from '../route.ts';
import { guestOf, hasSpice } from './guests.ts';

const PASSWORD_BYTES = 20; // 40 hex characters

/** PVE wire facts 5.1: the certificates' newlines are two characters, so that the file is made of lines. */
async function openSpice(call: Call): Promise<unknown> {
  call.need(`/vms/${call.params.text('vmid')}`, 'VM.Console');
  const guest = guestOf(call, 'qemu');
  const { spiceProxy, spiceIdentity, tickets } = call.services;
  const password = randomBytes(PASSWORD_BYTES).toString('hex');
  const port = await spicePort(call, guest, password);
  const proxy = call.params.maybeText('proxy') ?? `${guest.node}.lab.internal`;
  return {
    type: 'spice',
    title: `VM ${guest.vmid} - ${guest.name}`,
    host: tickets.spice(guest.vmid, guest.node, port),
    proxy: `http://${proxy.includes(':') ? `[${proxy}]` : proxy}:${spiceProxy.port}`,
    'tls-port': port,
    password,
    ca: spiceIdentity.caPem.replaceAll('\n', '\\n'),
    'host-subject': spiceIdentity.subject,
    'delete-this-file': 1,
    'secure-attention': 'Ctrl+Alt+Ins',
    'toggle-fullscreen': 'Shift+F11',
    'release-cursor': 'Ctrl+Alt+R',
  };
}

async function spicePort(call: Call, guest: LabGuest, password: string): Promise<number> {
  if (guest.status !== 'running') throw new ApiError(500, `VM ${guest.vmid} not running`);
  if (!hasSpice(guest)) throw new ApiError(500, 'no spice port');
  const backend = await call.services.backends.ofGuest(guest);
  if (!backend.allowSpice) throw new ApiError(500, 'no spice port');
  return backend.allowSpice(password);
}

export const spiceRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/qemu/{vmid}/spiceproxy',
    params: { proxy: optional(text(256)) },
    handle: openSpice,
  },
];
