import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

import type { GuestKind, LabGuest } from '../../cluster/model.ts';
import type { ConsoleRequest } from '../../console/consoleBroker.ts';
import { ApiError } from '../../http/apiError.ts';
import { flag, integer, oneOf, optional, text } from '../params.ts';
import { type Call, type Route, Upgrade } from '../route.ts';
import { guestOf } from './guests.ts';

const SOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const guestRequest = (call: Call, guest: LabGuest): ConsoleRequest => ({
  askedAt: call.request.node,
  node: guest.node,
  aclPath: `/vms/${guest.vmid}`,
  vmid: guest.vmid,
  authId: call.authId,
  taskType: 'vncproxy',
});

const nodeRequest = (call: Call): ConsoleRequest => {
  const node = call.services.cluster.node(call.params.text('node')).name;
  return {
    askedAt: call.request.node,
    node,
    aclPath: `/nodes/${node}`,
    vmid: undefined,
    authId: call.authId,
    taskType: 'vncshell',
  };
};

const needRunning = (guest: LabGuest): void => {
  if (guest.status === 'running') return;
  throw new Error(`${guest.type === 'qemu' ? 'VM' : 'CT'} ${guest.vmid} not running`);
};

/** A guest that is off lets the call pass and fails later, when the worker meets it (PVE wire facts 3.1). */
function openGuestScreen(call: Call, type: GuestKind): unknown {
  call.need(`/vms/${call.params.text('vmid')}`, 'VM.Console');
  const guest = guestOf(call, type);
  const { backends, certificates, consoles } = call.services;
  const opened = consoles.openScreen(guestRequest(call, guest), async (password) => {
    needRunning(guest);
    return (await backends.ofGuest(guest)).openScreen(password);
  });
  return { ...opened, cert: certificates.caPem };
}

function openGuestTerminal(call: Call, type: GuestKind): unknown {
  call.need(`/vms/${call.params.text('vmid')}`, 'VM.Console');
  const guest = guestOf(call, type);
  const { backends, consoles } = call.services;
  const serial = call.params.maybeText('serial') ?? 'serial0';
  const backend = async () => {
    needRunning(guest);
    if (type === 'qemu' && !guest.hasSerial) throw new Error('unable to find a serial interface');
    if (serial !== 'serial0') throw new Error(`serial interface '${serial}' is not configured`);
    return backends.ofGuest(guest);
  };
  return consoles.openTerminal(guestRequest(call, guest), {
    banner: type === 'qemu' ? `starting serial terminal on interface ${serial}\r\n` : '',
    openSerial: async () => (await backend()).openSerial(),
    resize: (cols, rows) =>
      void backends.existing(guest.vmid)?.then(
        (one) => one.resizeSerial(cols, rows),
        () => undefined,
      ),
  });
}

function openNodeTerminal(call: Call): unknown {
  const request = nodeRequest(call);
  call.need(request.aclPath, 'Sys.Console');
  const { backends, consoles } = call.services;
  return consoles.openTerminal(request, {
    banner: '',
    openSerial: async () => (await backends.ofNode(request.node)).openSerial(),
    resize: (cols, rows) =>
      void backends.ofNode(request.node).then(
        (one) => one.resizeSerial(cols, rows),
        () => undefined,
      ),
  });
}

function openNodeScreen(call: Call): unknown {
  if (call.identity?.isToken === true)
    throw new ApiError(500, `value '${call.authId}' does not look like a valid user name`);
  const request = nodeRequest(call);
  call.need(request.aclPath, 'Sys.Console');
  const { backends, certificates, consoles } = call.services;
  const opened = consoles.openScreen(request, async (password) =>
    (await backends.ofNode(request.node)).openScreen(password),
  );
  return { ...opened, cert: certificates.caPem };
}

export const switchingHead = (key: string, protocol: string | undefined): string => {
  const accept = createHash('sha1')
    .update(key + SOCKET_GUID)
    .digest('base64');
  const echo = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`; // verbatim, two would be echoed as two
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${echo}\r\n`;
};

/** PVE wire facts 3.2: the ticket is checked first, a dead port is met with silence. */
async function connect(call: Call, aclPath: string): Promise<unknown> {
  const { params, services } = call;
  const port = params.integer('port');
  if (!services.consoles.isTicket(params.text('vncticket'), call.authId, aclPath, port)) {
    throw new ApiError(401, 'permission denied - invalid PVEVNC ticket');
  }
  const { headers } = call.head;
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return { port: String(port) };
  const version = headers.get('sec-websocket-version') ?? '';
  if (version !== '13') throw new ApiError(500, `unsupported websocket-version '${version}'`);
  const key = headers.get('sec-websocket-key');
  if (key === undefined) throw new ApiError(500, 'missing websocket-key');
  const found = await services.consoles.connect(port, call.request.node);
  if (found === undefined) return new Upgrade(undefined);
  call.request.signal.addEventListener('abort', () => found.backend.destroy(), { once: true });
  if (call.request.signal.aborted) found.backend.destroy();
  return new Upgrade((socket: Duplex, early: Buffer) => {
    socket.write(switchingHead(key, headers.get('sec-websocket-protocol')));
    services.consoles.join(socket, early, found.backend, found.listener);
  });
}

const socketParams = { port: integer(5900, 5999), vncticket: text(512) };
const sizeParams = { width: optional(integer(16, 4096)), height: optional(integer(16, 2160)) };
const shellParams = { cmd: optional(oneOf('login', 'upgrade', 'ceph_install')), 'cmd-opts': optional(text()) };

const guestConsoles = (type: GuestKind): Route[] => [
  {
    method: 'POST',
    path: `/nodes/{node}/${type}/{vmid}/vncproxy`,
    params: { websocket: flag, ...(type === 'qemu' ? { 'generate-password': flag } : sizeParams) },
    handle: (call) => openGuestScreen(call, type),
  },
  {
    method: 'POST',
    path: `/nodes/{node}/${type}/{vmid}/termproxy`,
    params: type === 'qemu' ? { serial: optional(oneOf('serial0', 'serial1', 'serial2', 'serial3')) } : {},
    handle: (call) => openGuestTerminal(call, type),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/vncwebsocket`,
    params: socketParams,
    handle: (call) => {
      call.need(`/vms/${call.params.text('vmid')}`, 'VM.Console');
      return connect(call, `/vms/${call.params.text('vmid')}`);
    },
  },
];

export const consoleRoutes: readonly Route[] = [
  ...guestConsoles('qemu'),
  ...guestConsoles('lxc'),
  { method: 'POST', path: '/nodes/{node}/termproxy', params: shellParams, handle: openNodeTerminal },
  {
    method: 'POST',
    path: '/nodes/{node}/vncshell',
    params: { websocket: flag, ...sizeParams, ...shellParams },
    handle: openNodeScreen,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/vncwebsocket',
    params: socketParams,
    handle: (call) => connect(call, `/nodes/${call.params.text('node')}`),
  },
];
