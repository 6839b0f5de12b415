import type { IconName } from '../widgets/iconShapes.tsx';
import type { Task } from '../../shared/model/task.ts';
import { clusterById } from './clusters.ts';
import { guestKey, useInventory } from './inventory.ts';

/** Words for the server's task types: what is done, and the icon that stands for it while it runs. */
const verbs: Record<string, readonly [verb: string, icon: IconName]> = {
  qmigrate: ['Migrate', 'arrow'],
  vzmigrate: ['Migrate', 'arrow'],
  vzdump: ['Back up', 'box'],
  qmrestore: ['Restore', 'box'],
  vzrestore: ['Restore', 'box'],
  qmclone: ['Clone', 'copy'],
  vzclone: ['Clone', 'copy'],
  qmcreate: ['Create', 'plus'],
  vzcreate: ['Create', 'plus'],
  qmdestroy: ['Remove', 'trash'],
  vzdestroy: ['Remove', 'trash'],
  qmmove: ['Move a disk of', 'box'],
  move_volume: ['Move a volume of', 'box'],
  qmstart: ['Start', 'play'],
  vzstart: ['Start', 'play'],
  qmstop: ['Stop', 'square'],
  vzstop: ['Stop', 'square'],
  qmshutdown: ['Shut down', 'power'],
  vzshutdown: ['Shut down', 'power'],
  qmreboot: ['Restart', 'again'],
  vzreboot: ['Restart', 'again'],
  qmreset: ['Reset', 'again'],
  qmsuspend: ['Pause', 'pause'],
  vzsuspend: ['Pause', 'pause'],
  qmpause: ['Pause', 'pause'],
  qmresume: ['Resume', 'play'],
  vzresume: ['Resume', 'play'],
  qmsnapshot: ['Snapshot', 'camera'],
  vzsnapshot: ['Snapshot', 'camera'],
  qmdelsnapshot: ['Remove a snapshot of', 'camera'],
  qmrollback: ['Roll back', 'again'],
  qmtemplate: ['Make a template of', 'file'],
  vncproxy: ['Screen of', 'vm'],
  termproxy: ['Terminal of', 'terminal'],
  spiceproxy: ['SPICE screen of', 'vm'],
};

/** Types that concern a node or a store, not a guest. */
const plain: Record<string, readonly [title: string, icon: IconName]> = {
  imgcopy: ['Upload a file', 'upload'],
  upload: ['Upload a file', 'upload'],
  download: ['Download a file', 'upload'],
  imgdel: ['Remove a disk image', 'trash'],
  vncshell: ['Shell of the node', 'terminal'],
  spiceshell: ['Shell of the node', 'terminal'],
  aptupdate: ['Refresh the package lists', 'again'],
  startall: ['Start all guests', 'play'],
  stopall: ['Stop all guests', 'square'],
  migrateall: ['Migrate all guests', 'arrow'],
  srvreload: ['Reload a service', 'again'],
  srvrestart: ['Restart a service', 'again'],
};

export function guestOfTask(task: Task, guests = useInventory.getState().guests) {
  const { clusterId, vmid } = task;
  if (vmid === undefined) return undefined;
  return guests.get(guestKey(clusterId, `qemu/${vmid}`)) ?? guests.get(guestKey(clusterId, `lxc/${vmid}`));
}

export interface TaskWords {
  readonly title: string;
  /** Where it runs. */
  readonly place: string;
  readonly icon: IconName;
}

export function describeTask(task: Task): TaskWords {
  const cluster = clusterById(task.clusterId)?.name ?? 'cluster';
  const name = guestOfTask(task)?.name ?? (task.vmid === undefined ? task.node : `guest ${task.vmid}`);
  const verb = verbs[task.type];
  const [title, icon] = verb ? [`${verb[0]} ${name}`, verb[1]] : (plain[task.type] ?? [task.type, 'gear' as const]);
  const place = task.vmid === undefined ? `${cluster}: ${task.node}` : `${cluster}: ${task.vmid} on ${task.node}`;
  return { title, place, icon };
}
