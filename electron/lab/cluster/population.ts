import { GIB, type LabDisk, type LabGuest, type LabNode, type LabStorage } from './model.ts';

const MIB = 1 << 20;

/** A stable number in [0, 1) from two integers, so that every start gives the same cluster. */
export function stableRandom(seed: number, salt: number): number {
  let value = (seed * 0x9e37_79b1 + salt * 0x85eb_ca6b) >>> 0;
  value = Math.imul(value ^ (value >>> 15), 0x2c1b_3c6d) >>> 0;
  value = Math.imul(value ^ (value >>> 12), 0x297a_2d39) >>> 0;
  return ((value ^ (value >>> 15)) >>> 0) / 0x1_0000_0000;
}

export const createNodes = (nowMs: number): LabNode[] =>
  ['pve1', 'pve2'].map((name, index) => ({
    name,
    ip: `192.0.2.${11 + index}`,
    isOnline: true,
    cores: 32,
    memoryBytes: 128 * GIB,
    diskBytes: 94 * GIB,
    bootedAtMs: nowMs - (37 + index * 11) * 86_400_000,
  }));

export const createStorages = (): LabStorage[] => [
  {
    storage: 'local',
    plugintype: 'dir',
    content: 'iso,vztmpl,backup,import',
    isShared: false,
    totalBytes: 94 * GIB,
    usedBytes: 21 * GIB,
  },
  {
    storage: 'local-lvm',
    plugintype: 'lvmthin',
    content: 'images,rootdir',
    isShared: false,
    totalBytes: 1800 * GIB,
    usedBytes: 640 * GIB,
  },
  {
    storage: 'nas',
    plugintype: 'nfs',
    content: 'iso,vztmpl,backup,images',
    isShared: true,
    totalBytes: 8000 * GIB,
    usedBytes: 3100 * GIB,
  },
];

export const backupStorage: LabStorage = {
  storage: 'pbs',
  plugintype: 'pbs',
  content: 'backup',
  isShared: true,
  totalBytes: 8000 * GIB,
  usedBytes: 1200 * GIB,
};

type Draft = Pick<LabGuest, 'vmid' | 'type' | 'name' | 'node'> &
  Partial<
    Pick<LabGuest, 'status' | 'qmpstatus' | 'tags' | 'isTemplate' | 'pool' | 'backend' | 'vga' | 'description'>
  > & {
    readonly cores?: number;
    readonly memoryMib?: number;
    readonly disksGib?: readonly number[];
    readonly load?: number;
  };

const createDisks = (draft: Draft): LabDisk[] =>
  (draft.disksGib ?? [8]).map((gib, index) => ({
    key: draft.type === 'qemu' ? `scsi${index}` : index === 0 ? 'rootfs' : `mp${index - 1}`,
    storage: 'local-lvm',
    volume: `vm-${draft.vmid}-disk-${index}`,
    sizeBytes: gib * GIB,
  }));

const createGuest = (draft: Draft, nowMs: number): LabGuest => {
  const status = draft.status ?? 'running';
  const seed = stableRandom(draft.vmid, 1);
  return {
    vmid: draft.vmid,
    type: draft.type,
    name: draft.name,
    node: draft.node,
    status,
    qmpstatus: draft.qmpstatus ?? (status === 'running' ? 'running' : 'stopped'),
    lock: undefined,
    isTemplate: draft.isTemplate ?? false,
    tags: draft.tags ?? [],
    pool: draft.pool,
    cores: draft.cores ?? 2,
    memoryBytes: (draft.memoryMib ?? 2048) * MIB,
    disks: createDisks(draft),
    vga: draft.vga ?? 'std',
    hasSerial: draft.type === 'qemu',
    hasAgent: draft.type === 'qemu' && seed > 0.3,
    startedAtMs: nowMs - Math.floor(600_000 + seed * 30 * 86_400_000),
    load: draft.load ?? seed * 0.4,
    backend: draft.backend ?? 'embedded',
    description: draft.description ?? '',
  };
};

const dozen: readonly Draft[] = [
  {
    vmid: 100,
    type: 'qemu',
    name: 'linux-qemu',
    node: 'pve1',
    backend: 'qemu',
    tags: ['lab', 'real'],
    memoryMib: 192,
    disksGib: [1],
    cores: 1,
    vga: 'virtio',
    description: 'A real QEMU guest where QEMU is installed.',
  },
  {
    vmid: 101,
    type: 'qemu',
    name: 'web-frontend',
    node: 'pve1',
    tags: ['prod', 'web'],
    cores: 4,
    memoryMib: 8192,
    disksGib: [32, 64],
  },
  {
    vmid: 102,
    type: 'qemu',
    name: 'db-primary',
    node: 'pve1',
    tags: ['db', 'prod'],
    cores: 8,
    memoryMib: 32_768,
    disksGib: [24, 72],
    load: 0.6,
  },
  {
    vmid: 103,
    type: 'lxc',
    name: 'dns',
    node: 'pve1',
    tags: ['infra'],
    cores: 1,
    memoryMib: 512,
    disksGib: [4],
    load: 0.02,
  },
  {
    vmid: 104,
    type: 'qemu',
    name: 'build-runner',
    node: 'pve1',
    tags: ['ci'],
    cores: 8,
    memoryMib: 16_384,
    disksGib: [24],
    load: 0.85,
  },
  { vmid: 105, type: 'lxc', name: 'mail-relay', node: 'pve1', tags: ['infra', 'prod'], memoryMib: 1024 },
  {
    vmid: 200,
    type: 'qemu',
    name: 'db-replica',
    node: 'pve2',
    tags: ['db', 'prod'],
    cores: 8,
    memoryMib: 32_768,
    disksGib: [24, 72],
    load: 0.3,
  },
  {
    vmid: 201,
    type: 'qemu',
    name: 'win11-desk',
    node: 'pve2',
    tags: ['desktop'],
    qmpstatus: 'paused',
    cores: 4,
    memoryMib: 8192,
    disksGib: [80],
    vga: 'virtio',
  },
  { vmid: 202, type: 'lxc', name: 'metrics', node: 'pve2', tags: ['infra'], cores: 4, memoryMib: 4096, disksGib: [50] },
  {
    vmid: 203,
    type: 'qemu',
    name: 'staging',
    node: 'pve2',
    tags: ['web'],
    status: 'stopped',
    memoryMib: 4096,
    disksGib: [32],
  },
  { vmid: 204, type: 'lxc', name: 'scratch', node: 'pve2', status: 'stopped' },
  {
    vmid: 9000,
    type: 'qemu',
    name: 'debian-13-template',
    node: 'pve2',
    tags: ['template'],
    status: 'stopped',
    isTemplate: true,
  },
];

const ROLES = ['web', 'db', 'cache', 'queue', 'api', 'worker', 'build', 'proxy', 'mail', 'files'];
const STAGES = ['prod', 'staging', 'dev'];

/** Guest number `index` of a big cluster: every seventh is off, every fifth a container, a few are templates. */
const createCrowdGuest = (index: number): Draft => {
  const vmid = 1000 + index;
  const role = ROLES[Math.floor(stableRandom(vmid, 2) * ROLES.length)] ?? 'web';
  const stage = STAGES[Math.floor(stableRandom(vmid, 3) * STAGES.length)] ?? 'dev';
  const isTemplate = index % 97 === 96;
  const isPaused = index % 53 === 52;
  return {
    vmid,
    type: index % 5 === 4 && !isTemplate && !isPaused ? 'lxc' : 'qemu',
    name: `${stage}-${role}-${String(index).padStart(4, '0')}`,
    node: stableRandom(vmid, 4) < 0.5 ? 'pve1' : 'pve2',
    tags: [role, stage].sort(),
    status: isTemplate || index % 7 === 6 ? 'stopped' : 'running',
    ...(isPaused && index % 7 !== 6 ? { qmpstatus: 'paused' as const } : {}),
    isTemplate,
    cores: 1 + Math.floor(stableRandom(vmid, 5) * 8),
    memoryMib: 512 << Math.floor(stableRandom(vmid, 6) * 6),
  };
};

/** `count` guests with the same names and states every time; the first dozen are told by hand. */
export function createGuests(count: number, nowMs: number): LabGuest[] {
  const crowd = Array.from({ length: Math.max(0, count - dozen.length) }, (_, index) => createCrowdGuest(index));
  return [...dozen.slice(0, count), ...crowd].map((draft) => createGuest(draft, nowMs));
}
