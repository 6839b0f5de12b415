export type GuestKind = 'qemu' | 'lxc';

export interface LabDisk {
  /** `scsi0`, `rootfs` */
  readonly key: string;
  storage: string;
  volume: string;
  readonly sizeBytes: number;
}

/** A guest as the lab keeps it. Change it through `Lab.changeGuests`, so that listings notice. */
export interface LabGuest {
  readonly vmid: number;
  readonly type: GuestKind;
  name: string;
  node: string;
  status: 'running' | 'stopped' | 'unknown';
  /** QEMU's own word; `/cluster/resources` does not tell it. */
  qmpstatus: 'running' | 'stopped' | 'paused' | 'suspended' | 'prelaunch';
  lock: string | undefined;
  isTemplate: boolean;
  tags: string[];
  pool: string | undefined;
  cores: number;
  memoryBytes: number;
  readonly disks: LabDisk[];
  /** What its display is: `std`, `virtio`, `serial0`. */
  vga: string;
  hasSerial: boolean;
  hasAgent: boolean;
  startedAtMs: number;
  /** 0..1, how busy it is on average. */
  load: number;
  readonly backend: 'qemu' | 'embedded';
  description: string;
}

export interface LabNode {
  readonly name: string;
  ip: string;
  isOnline: boolean;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly bootedAtMs: number;
}

export interface LabStorage {
  readonly storage: string;
  readonly plugintype: string;
  readonly content: string;
  readonly isShared: boolean;
  readonly totalBytes: number;
  usedBytes: number;
}

export const GIB = 1 << 30;
