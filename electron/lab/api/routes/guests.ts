import type { GuestKind, LabGuest } from '../../cluster/model.ts';
import { guestUsage } from '../../cluster/usage.ts';
import { ApiError } from '../../http/apiError.ts';
import type { PowerAction } from '../../guestPower.ts';
import { flag, integer, optional, type ParamRules, text } from '../params.ts';
import type { Call, Route } from '../route.ts';

export const guestOf = (call: Call, type: GuestKind): LabGuest => {
  const { services, params } = call;
  const vmid = params.text('vmid');
  if (!/^\d+$/.test(vmid)) throw ApiError.parameters({ vmid: `type check ('integer') failed - got '${vmid}'` });
  return services.cluster.guest(params.text('node'), type, Number(vmid));
};

const statusRow = (call: Call, guest: LabGuest): Record<string, unknown> => {
  const usage = guestUsage(guest, call.services.clock.wallMs());
  return {
    vmid: guest.vmid,
    name: guest.name,
    status: guest.status === 'running' ? 'running' : 'stopped',
    ...(guest.type === 'qemu' ? { qmpstatus: guest.qmpstatus } : { type: 'lxc', swap: 0, maxswap: 536_870_912 }),
    ...(guest.status === 'running' ? { pid: 4000 + guest.vmid } : {}),
    uptime: usage.uptimeS,
    cpu: usage.cpu,
    cpus: guest.cores,
    mem: usage.memoryBytes,
    maxmem: guest.memoryBytes,
    disk: 0,
    maxdisk: guest.disks[0]?.sizeBytes ?? 0,
    netin: usage.netInBytes,
    netout: usage.netOutBytes,
    diskread: usage.diskReadBytes,
    diskwrite: usage.diskWriteBytes,
    ...(guest.lock === undefined ? {} : { lock: guest.lock }),
    ...(guest.tags.length > 0 ? { tags: guest.tags.join(';') } : {}),
    ...(guest.isTemplate ? { template: 1 } : {}),
  };
};

/** Of exactly these displays QEMU is started with a SPICE server (PVE wire facts 2.3). */
export const hasSpice = (guest: LabGuest): boolean => guest.type === 'qemu' && /^(?:qxl|virtio)/.test(guest.vga);

const currentStatus = (call: Call, guest: LabGuest): Record<string, unknown> => ({
  ...statusRow(call, guest),
  ha: { managed: 0 },
  ...(guest.type === 'qemu' && guest.status === 'running'
    ? { 'running-machine': 'pc-i440fx-10.1+pve0', 'running-qemu': '10.1.2' }
    : {}),
  ...(guest.hasAgent ? { agent: 1 } : {}),
  ...(guest.hasSerial ? { serial: 1 } : {}),
  ...(hasSpice(guest) ? { spice: 1 } : {}),
});

const sizeText = (bytes: number): string => `${bytes / 2 ** 30}G`;

const configOf = (guest: LabGuest): Record<string, unknown> => {
  const disks = guest.disks.map((disk): [string, string] => [
    disk.key,
    `${disk.storage}:${disk.volume},size=${sizeText(disk.sizeBytes)}`,
  ]);
  const common = {
    ...Object.fromEntries(disks),
    cores: guest.cores,
    memory: guest.memoryBytes / 2 ** 20,
    ...(guest.tags.length > 0 ? { tags: guest.tags.join(';') } : {}),
    ...(guest.description === '' ? {} : { description: `${guest.description}\n` }),
    ...(guest.lock === undefined ? {} : { lock: guest.lock }),
    ...(guest.isTemplate ? { template: 1 } : {}),
    digest: guest.vmid.toString(16).padStart(40, '0'),
  };
  if (guest.type === 'lxc') {
    const net0 = 'name=eth0,bridge=vmbr0,ip=dhcp,type=veth';
    return { ...common, hostname: guest.name, ostype: 'debian', arch: 'amd64', unprivileged: 1, net0, swap: 512 };
  }
  const mac =
    `BC:24:11:00:${(guest.vmid >> 8).toString(16).padStart(2, '0')}:${(guest.vmid & 255).toString(16).padStart(2, '0')}`.toUpperCase();
  return {
    ...common,
    name: guest.name,
    ostype: 'l26',
    boot: `order=${guest.disks[0]?.key ?? 'net0'}`,
    scsihw: 'virtio-scsi-single',
    net0: `virtio=${mac},bridge=vmbr0,firewall=1`,
    ...(guest.vga === 'std' ? {} : { vga: guest.vga }),
    ...(guest.hasSerial ? { serial0: 'socket' } : {}),
    ...(guest.hasAgent ? { agent: '1' } : {}),
  };
};

const powerParams: Readonly<Record<PowerAction, ParamRules>> = {
  start: { timeout: optional(integer(0)), machine: optional(text(40)), skiplock: flag },
  stop: { timeout: optional(integer(0)), keepActive: flag, 'overrule-shutdown': flag, skiplock: flag },
  shutdown: { timeout: optional(integer(0)), forceStop: flag, keepActive: flag, skiplock: flag },
  reboot: { timeout: optional(integer(0)) },
  reset: { skiplock: flag },
  suspend: { todisk: flag, statestorage: optional(text()), skiplock: flag },
  resume: { nocheck: flag, skiplock: flag },
};

const routesOf = (type: GuestKind): Route[] => [
  {
    method: 'GET',
    path: `/nodes/{node}/${type}`,
    params: { full: flag },
    handle: (call) => {
      const node = call.services.cluster.node(call.params.text('node'));
      const guests = [...call.services.cluster.guests.values()];
      return guests
        .filter((guest) => guest.type === type && guest.node === node.name)
        .map((guest) => statusRow(call, guest));
    },
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/status/current`,
    handle: (call) => {
      call.need(`/vms/${call.params.text('vmid')}`, 'VM.Audit');
      return currentStatus(call, guestOf(call, type));
    },
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/config`,
    params: { current: flag },
    handle: (call) => configOf(guestOf(call, type)),
  },
  {
    method: 'GET',
    path: `/nodes/{node}/${type}/{vmid}/pending`,
    handle: (call) => Object.entries(configOf(guestOf(call, type))).map(([key, value]) => ({ key, value })),
  },
  ...Object.entries(powerParams).map(
    ([action, params]): Route => ({
      method: 'POST',
      path: `/nodes/{node}/${type}/{vmid}/status/${action}`,
      params,
      handle: (call) => {
        call.need(`/vms/${call.params.text('vmid')}`, 'VM.PowerMgmt');
        return call.services.guests.power(guestOf(call, type), action as PowerAction, call.authId);
      },
    }),
  ),
];

export const guestRoutes: readonly Route[] = [...routesOf('qemu'), ...routesOf('lxc')];
