import * as z from 'zod/mini';

/** The server's own words for what people may do, as far as something here is offered by them. */
export const privilegeNames = [
  'Datastore.AllocateSpace',
  'Datastore.AllocateTemplate',
  'Datastore.Audit',
  'Datastore.Backup',
  'Datastore.Read',
  'Resource.Audit',
  'Resource.Manage',
  'Resource.Migrate',
  'Sys.AccessNetwork',
  'Sys.Audit',
  'Sys.Console',
  'Sys.Incoming',
  'Sys.Modify',
  'Sys.PowerMgmt',
  'VM.Allocate',
  'VM.Audit',
  'VM.Backup',
  'VM.Clone',
  'VM.Config.Options',
  'VM.Console',
  'VM.Migrate',
  'VM.PowerMgmt',
  'VM.Snapshot',
] as const;
export const privilege = z.enum(privilegeNames);
export type Privilege = z.infer<typeof privilege>;

/** By path of the server's access control (`/vms/100`), then by privilege: whether it also counts below the path. */
export const privilegeTree = z.record(z.string(), z.partialRecord(privilege, z.boolean()));
export type PrivilegeTree = z.infer<typeof privilegeTree>;

/** All of these privileges at a path. */
export interface Need {
  readonly path: string;
  readonly privileges: readonly Privilege[];
}

const at = (path: string, ...privileges: Privilege[]): Need => ({ path, privileges });
type Vmid = number | string;

/** What the server asks for, by what is done. A dialog that needs several things asks for the needs of all of them. */
export const needs = {
  consoleOfGuest: (vmid: Vmid) => at(`/vms/${vmid}`, 'VM.Console'),
  consoleOfNode: (node: string) => at(`/nodes/${node}`, 'Sys.Console'),
  power: (vmid: Vmid) => at(`/vms/${vmid}`, 'VM.PowerMgmt'),
  migrate: (vmid: Vmid) => at(`/vms/${vmid}`, 'VM.Migrate'),
  backup: (vmid: Vmid) => at(`/vms/${vmid}`, 'VM.Backup'),
  /** Where disks, backups and images of guests are written to. */
  spaceOn: (storage: string) => at(`/storage/${storage}`, 'Datastore.AllocateSpace'),
  /** Uploads and downloads of ISO images, templates and disk images. */
  templatesOn: (storage: string) => at(`/storage/${storage}`, 'Datastore.AllocateTemplate'),
  /** Of somebody else; one's own may always be stopped. */
  stopTaskOf: (node: string) => at(`/nodes/${node}`, 'Sys.Modify'),
  /** On the side that sends a guest to another cluster, and on the side that takes it. */
  sendGuest: (vmid: Vmid) => at(`/vms/${vmid}`, 'VM.Migrate'),
  takeGuest: (vmid: Vmid) => at(`/vms/${vmid}`, 'VM.Allocate'),
  takeGuests: at('/', 'Sys.Incoming', 'Sys.Audit'),
  /** Consoles that a Datacenter Manager passes on (facts 10). */
  managedGuest: (remote: string, vmid: Vmid) => at(`/resource/${remote}/guest/${vmid}`, 'Sys.Console'),
  managedNode: (remote: string, node: string) => at(`/resource/${remote}/node/${node}`, 'Sys.Console'),
  /** Of a Backup Server (facts 9.4): anybody's backups of a datastore, or those that are one's own. */
  readBackups: (datastore: string) => at(`/datastore/${datastore}`, 'Datastore.Read'),
  readOwnBackups: (datastore: string) => at(`/datastore/${datastore}`, 'Datastore.Backup'),
} as const;

/**
 * Whether a privilege is held at a path: as the path itself says, else as the nearest listed path above it hands down
 * (PVE: `GET /access/permissions` lists every path that has rules of its own). An unknown tree holds everything: what
 * the server would refuse it then refuses itself.
 */
export function holds(tree: PrivilegeTree | undefined, path: string, name: Privilege): boolean {
  if (!tree) return true;
  const own = tree[path];
  if (own) return own[name] !== undefined;
  for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
    const listed = tree[above];
    if (listed) return listed[name] === true;
  }
  return false;
}

const parentOf = (path: string): string | undefined => (path === '/' ? undefined : path.replace(/\/[^/]*$/, '') || '/');

/** What is missing for it, in words for people: `VM.Migrate on /vms/100`. Undefined where nothing is. */
export function missing(tree: PrivilegeTree | undefined, ...wanted: readonly Need[]): string | undefined {
  const lacks = wanted.flatMap(({ path, privileges }) => {
    const names = privileges.filter((name) => !holds(tree, path, name));
    return names.length > 0 ? [`${names.join(' and ')} on ${path}`] : [];
  });
  return lacks.length > 0 ? lacks.join(', ') : undefined;
}
