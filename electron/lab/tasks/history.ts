import type { TaskEngine } from './taskEngine.ts';

interface Past {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly hoursAgo: number;
  readonly tookS: number;
  readonly lines: readonly string[];
  readonly exitStatus: string;
}

const past: readonly Past[] = [
  {
    node: 'pve1',
    type: 'vzdump',
    id: '102',
    hoursAgo: 22,
    tookS: 512,
    lines: [
      'INFO: starting new backup job: vzdump 102 --storage nas --mode snapshot',
      'INFO: Backup job finished successfully',
    ],
    exitStatus: 'OK',
  },
  {
    node: 'pve1',
    type: 'vzdump',
    id: '103',
    hoursAgo: 21,
    tookS: 20,
    lines: [
      'INFO: starting new backup job: vzdump 103 --storage nas --mode snapshot',
      'WARN: no valid host name in the container',
      'INFO: Backup job finished successfully',
    ],
    exitStatus: 'WARNINGS: 1',
  },
  {
    node: 'pve2',
    type: 'qmstart',
    id: '203',
    hoursAgo: 19,
    tookS: 2,
    lines: [
      "kvm: -drive file=/dev/pve/vm-203-disk-0: Could not open '/dev/pve/vm-203-disk-0': No such file or directory",
    ],
    exitStatus: 'start failed: QEMU exited with code 1',
  },
  { node: 'pve2', type: 'qmshutdown', id: '203', hoursAgo: 18, tookS: 8, lines: [], exitStatus: 'OK' },
  {
    node: 'pve1',
    type: 'aptupdate',
    id: '',
    hoursAgo: 9,
    tookS: 4,
    lines: [
      'starting apt-get update',
      'Hit:1 http://mirror.example.org/debian trixie InRelease',
      'Reading package lists...',
    ],
    exitStatus: 'OK',
  },
  {
    node: 'pve2',
    type: 'qmclone',
    id: '9000',
    hoursAgo: 7,
    tookS: 31,
    lines: [
      'create full clone of drive scsi0 (local-lvm:base-9000-disk-0)',
      'transferred 327.7 MiB of 8.0 GiB (4.00%)',
    ],
    exitStatus: 'unexpected status',
  },
  { node: 'pve1', type: 'vzstart', id: '105', hoursAgo: 2, tookS: 1, lines: [], exitStatus: 'OK' },
];

/** A task killed hard has no last line (PVE wire facts 6.3). */
const lastLine = (exitStatus: string): string[] => {
  if (exitStatus === 'unexpected status') return [];
  return [exitStatus === 'OK' || /^WARNINGS:/.test(exitStatus) ? `TASK ${exitStatus}` : `TASK ERROR: ${exitStatus}`];
};

/** Yesterday's tasks, so that every way to end is there to be seen. */
export function fillHistory(tasks: TaskEngine, user: string): void {
  for (const { node, type, id, hoursAgo, tookS, lines, exitStatus } of past) {
    tasks.addEnded({ node, type, id, user }, hoursAgo * 3600, tookS, [...lines, ...lastLine(exitStatus)], exitStatus);
  }
}
