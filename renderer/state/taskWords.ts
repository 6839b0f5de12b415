import type { IconName } from '../widgets/iconShapes.tsx';
import type { HistoryEntry } from '../../shared/model/history.ts';
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
  backup: ['Back up', 'box'],
  reader: ['Read a backup of', 'box'],
  garbage_collection: ['Collect garbage of', 'trash'],
  verificationjob: ['Verify', 'check'],
  verify: ['Verify', 'check'],
  verify_group: ['Verify', 'check'],
  verify_snapshot: ['Verify', 'check'],
  sync: ['Sync', 'again'],
  syncjob: ['Sync', 'again'],
  prunejob: ['Prune', 'trash'],
  prune: ['Prune', 'trash'],
  prunegroup: ['Prune', 'trash'],
  'delete-datastore': ['Remove the datastore', 'trash'],
  'create-datastore': ['Create the datastore', 'plus'],
  'tape-backup': ['Write to tape', 'box'],
  'tape-backup-job': ['Write to tape', 'box'],
  'tape-restore': ['Restore from tape', 'box'],
  hamigrate: ['Migrate', 'arrow'],
  hastart: ['Start', 'play'],
  hastop: ['Stop', 'square'],
  qmtunnel: ['Receive', 'arrow'],
  vzmtunnel: ['Receive', 'arrow'],
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
  srvstart: ['Start a service', 'play'],
  srvstop: ['Stop a service', 'square'],
  logrotate: ['Archive old task logs', 'file'],
  'realm-sync': ['Sync users of a realm', 'again'],
  'acme-register': ['Register for certificates', 'check'],
  'acme-renew-cert': ['Renew the certificate', 'check'],
  'acme-new-cert': ['Order a certificate', 'check'],
  'format-media': ['Format a tape', 'trash'],
  'label-media': ['Label a tape', 'file'],
  'inventory-update': ['Read the tape inventory', 'box'],
  'refresh-remote-tasks': ['Ask the remotes for their tasks', 'again'],
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

/** `Migrate db-primary`, and the icon of what is done. */
function verbFor(type: string, name: string): readonly [title: string, icon: IconName] {
  const verb = verbs[type];
  return verb ? [`${verb[0]} ${name}`, verb[1]] : (plain[type] ?? [type, 'gear']);
}

export function describeTask(task: Task): TaskWords {
  const { type, vmid, node, subject } = task;
  const cluster = clusterById(task.clusterId)?.name ?? 'cluster';
  const name = guestOfTask(task)?.name ?? (vmid === undefined ? (subject ?? node) : `guest ${vmid}`);
  const [title, icon] = verbFor(type, name);
  return { title, place: placeOf(task, cluster), icon };
}

/** `north: 114 on n1`; through a Datacenter Manager `central, north: 114 on n1`. */
function placeOf({ vmid, subject, node, remote }: Task | HistoryEntry, cluster: string): string {
  const what = vmid ?? subject;
  return `${cluster}${remote === undefined ? '' : `, ${remote}`}: ${what === undefined ? '' : `${what} on `}${node}`;
}

const ends = {
  ok: { word: 'Finished', icon: 'done', color: 'ok' },
  warnings: { word: 'Finished with warnings', icon: 'alert', color: 'warn' },
  failed: { word: 'Failed', icon: 'fail', color: 'bad' },
  running: { word: 'Running', icon: 'ring', color: 'info' },
  unknown: { word: 'Unknown', icon: 'unknown', color: 'dim' },
} as const satisfies Record<Task['state'], { word: string; icon: IconName; color: string }>;

/** Of a task of the past, by the names of then. */
export function historyWords(entry: HistoryEntry) {
  const { type, vmid, node, subject, clusterName, state } = entry;
  const name = entry.guestName ?? (vmid === undefined ? (subject ?? node) : `guest ${vmid}`);
  return { title: verbFor(type, name)[0], place: placeOf(entry, clusterName), look: ends[state] };
}
