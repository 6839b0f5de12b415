/** What tasks do. `noun` where people are told of one behind its back: `Migration of db-primary finished`. */
interface Words {
  /** In front of what it is done to. */
  readonly verb?: string;
  /** Of one that is done to nothing in particular. */
  readonly title?: string;
  readonly noun?: string;
}

const deeds = {
  migrate: { verb: 'Migrate', noun: 'Migration' },
  receive: { verb: 'Receive' },
  backUp: { verb: 'Back up', noun: 'Backup' },
  readBackup: { verb: 'Read a backup of' },
  restore: { verb: 'Restore', noun: 'Restore' },
  clone: { verb: 'Clone', noun: 'Clone' },
  replicate: { verb: 'Replicate', noun: 'Replication' },
  create: { verb: 'Create' },
  remove: { verb: 'Remove' },
  moveDisk: { verb: 'Move a disk of', noun: 'Move of a disk' },
  moveVolume: { verb: 'Move a volume of', noun: 'Move of a volume' },
  start: { verb: 'Start' },
  stop: { verb: 'Stop' },
  shutDown: { verb: 'Shut down' },
  restart: { verb: 'Restart' },
  reset: { verb: 'Reset' },
  pause: { verb: 'Pause' },
  resume: { verb: 'Resume' },
  snapshot: { verb: 'Snapshot' },
  removeSnapshot: { verb: 'Remove a snapshot of' },
  rollBack: { verb: 'Roll back' },
  makeTemplate: { verb: 'Make a template of' },
  screen: { verb: 'Screen of' },
  spiceScreen: { verb: 'SPICE screen of' },
  terminal: { verb: 'Terminal of' },
  collectGarbage: { verb: 'Collect garbage of', noun: 'Garbage collection' },
  verify: { verb: 'Verify', noun: 'Verification' },
  sync: { verb: 'Sync', noun: 'Sync' },
  prune: { verb: 'Prune' },
  removeDatastore: { verb: 'Remove the datastore' },
  createDatastore: { verb: 'Create the datastore' },
  writeTape: { verb: 'Write to tape', noun: 'Tape backup' },
  restoreTape: { verb: 'Restore from tape' },
  upload: { title: 'Upload a file', noun: 'Upload' },
  download: { title: 'Download a file', noun: 'Download' },
  removeImage: { title: 'Remove a disk image' },
  shell: { title: 'Shell of the node' },
  refreshPackages: { title: 'Refresh the package lists' },
  startAll: { title: 'Start all guests' },
  stopAll: { title: 'Stop all guests' },
  migrateAll: { title: 'Migrate all guests' },
  reloadService: { title: 'Reload a service' },
  restartService: { title: 'Restart a service' },
  startService: { title: 'Start a service' },
  stopService: { title: 'Stop a service' },
  archiveLogs: { title: 'Archive old task logs' },
  syncRealm: { title: 'Sync users of a realm' },
  register: { title: 'Register for certificates' },
  renewCertificate: { title: 'Renew the certificate' },
  orderCertificate: { title: 'Order a certificate' },
  formatTape: { title: 'Format a tape' },
  labelTape: { title: 'Label a tape' },
  readTapes: { title: 'Read the tape inventory' },
  askRemotes: { title: 'Ask the remotes for their tasks' },
} as const satisfies Record<string, Words>;

export type TaskDeed = keyof typeof deeds;

/** By the types of Proxmox VE, Backup Server and Datacenter Manager. */
const byType: Readonly<Record<string, TaskDeed>> = {
  ...{ qmigrate: 'migrate', vzmigrate: 'migrate', hamigrate: 'migrate', qmtunnel: 'receive', vzmtunnel: 'receive' },
  ...{ vzdump: 'backUp', backup: 'backUp', reader: 'readBackup', qmrestore: 'restore', vzrestore: 'restore' },
  ...{ qmclone: 'clone', vzclone: 'clone', replication: 'replicate', qmcreate: 'create', vzcreate: 'create' },
  ...{ qmdestroy: 'remove', vzdestroy: 'remove', qmmove: 'moveDisk', move_volume: 'moveVolume' },
  ...{ qmstart: 'start', vzstart: 'start', hastart: 'start', qmstop: 'stop', vzstop: 'stop', hastop: 'stop' },
  ...{ qmshutdown: 'shutDown', vzshutdown: 'shutDown', qmreboot: 'restart', vzreboot: 'restart', qmreset: 'reset' },
  ...{ qmsuspend: 'pause', vzsuspend: 'pause', qmpause: 'pause', qmresume: 'resume', vzresume: 'resume' },
  ...{ qmsnapshot: 'snapshot', vzsnapshot: 'snapshot', qmdelsnapshot: 'removeSnapshot', qmrollback: 'rollBack' },
  ...{ qmtemplate: 'makeTemplate', vncproxy: 'screen', spiceproxy: 'spiceScreen', termproxy: 'terminal' },
  ...{ garbage_collection: 'collectGarbage', verificationjob: 'verify', verify: 'verify', verify_group: 'verify' },
  ...{ verify_snapshot: 'verify', sync: 'sync', syncjob: 'sync', prunejob: 'prune', prune: 'prune' },
  ...{ prunegroup: 'prune', 'delete-datastore': 'removeDatastore', 'create-datastore': 'createDatastore' },
  ...{ 'tape-backup': 'writeTape', 'tape-backup-job': 'writeTape', 'tape-restore': 'restoreTape' },
  ...{ imgcopy: 'upload', upload: 'upload', download: 'download', imgdel: 'removeImage' },
  ...{ vncshell: 'shell', spiceshell: 'shell', aptupdate: 'refreshPackages' },
  ...{ startall: 'startAll', stopall: 'stopAll', migrateall: 'migrateAll' },
  ...{ srvreload: 'reloadService', srvrestart: 'restartService', srvstart: 'startService', srvstop: 'stopService' },
  ...{ logrotate: 'archiveLogs', 'realm-sync': 'syncRealm', 'acme-register': 'register' },
  ...{ 'acme-renew-cert': 'renewCertificate', 'acme-new-cert': 'orderCertificate' },
  ...{ 'format-media': 'formatTape', 'label-media': 'labelTape', 'inventory-update': 'readTapes' },
  ...{ 'refresh-remote-tasks': 'askRemotes' },
};

/** `undefined` for a type of a server that is newer than this. */
export const taskDeedOf = (type: string): TaskDeed | undefined =>
  Object.hasOwn(byType, type) ? byType[type] : undefined;

/** `Migrate db-primary`; of an unknown type, the type. */
export function taskTitle(type: string, what: string): string {
  const deed = taskDeedOf(type);
  if (deed === undefined) return type;
  const words: Words = deeds[deed];
  return words.title ?? `${words.verb} ${what}`;
}

/** `Migration of db-primary`, `Upload on pve2`. */
export function taskName(type: string, what: string): string {
  const deed = taskDeedOf(type);
  const words: Words = deed === undefined ? {} : deeds[deed];
  return `${words.noun ?? type} ${words.title === undefined ? 'of' : 'on'} ${what}`;
}
