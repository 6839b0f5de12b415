const looks = ['VM.Audit', 'Sys.Audit', 'Datastore.Audit', 'Pool.Audit', 'SDN.Audit', 'Mapping.Audit'] as const;

const roles = {
  administrator: [
    ...looks,
    ...['Datastore.Allocate', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate', 'Mapping.Use', 'SDN.Use'],
    ...['Permissions.Modify', 'User.Modify', 'Sys.AccessNetwork', 'Sys.Console', 'Sys.Incoming', 'Sys.Modify'],
    ...['Sys.PowerMgmt', 'VM.Allocate', 'VM.Backup', 'VM.Clone', 'VM.Config.Options', 'VM.Console', 'VM.Migrate'],
    ...['VM.Monitor', 'VM.PowerMgmt', 'VM.Snapshot'],
  ],
  auditor: looks,
  user: ['VM.Audit', 'VM.Backup', 'VM.Console', 'VM.PowerMgmt'],
  looker: ['VM.Audit'],
  /** Takes away what a role above gives. */
  none: [],
  // Of the other products, whose words these are.
  backupAdministrator: [
    ...['Datastore.Allocate', 'Datastore.Audit', 'Datastore.Backup', 'Datastore.Modify', 'Datastore.Prune'],
    ...['Datastore.Read', 'Datastore.Verify', 'Permissions.Modify', 'Remote.Audit', 'Remote.Modify', 'Remote.Read'],
    ...['Sys.Audit', 'Sys.Console', 'Sys.Modify', 'Sys.PowerManagement'],
  ],
  backupReader: ['Datastore.Audit', 'Datastore.Read'],
  managerAdministrator: ['Resource.Audit', 'Resource.Manage', 'Resource.Migrate', 'Sys.Audit', 'Sys.Console'],
  managerAuditor: ['Resource.Audit', 'Sys.Audit'],
} as const;

/** What each product calls its roles. */
export const rolesOf = {
  pve: { administrator: 'administrator', auditor: 'auditor' },
  pbs: { administrator: 'backupAdministrator', auditor: 'backupReader' },
  pdm: { administrator: 'managerAdministrator', auditor: 'managerAuditor' },
} as const;

export interface AclEntry {
  /** `/vms/100` */
  readonly path: string;
  readonly role: keyof typeof roles;
  /** Whether it also counts below the path. */
  readonly propagates: boolean;
}

export type Grants = Record<string, Record<string, 0 | 1>>;

const topPaths = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
const otherTopPaths = ['/', '/access', '/datastore', '/remote', '/resource', '/system'];

const isAtOrAbove = (above: string, path: string): boolean =>
  above === path || above === '/' || path.startsWith(`${above}/`);

/** What counts at a path: the entry closest to it takes the place of those above (PVE's access control does so). */
export function grantsAt(acl: readonly AclEntry[], path: string): ReadonlySet<string> {
  return new Set(closest(acl, path).flatMap(({ role }) => [...roles[role]]));
}

function closest(acl: readonly AclEntry[], path: string): readonly AclEntry[] {
  const counting = acl.filter((one) => isAtOrAbove(one.path, path) && (one.propagates || one.path === path));
  const longest = Math.max(...counting.map((one) => one.path.length));
  return counting.filter((one) => one.path.length === longest);
}

/** At one path: 1 where it also counts below. */
export function heldAt(acl: readonly AclEntry[], path: string): Record<string, 0 | 1> {
  const held = closest(acl, path);
  return Object.fromEntries(
    held.flatMap(({ role, propagates }) => roles[role].map((privilege) => [privilege, propagates ? 1 : 0] as const)),
  );
}

/** By path, for the top paths and those with entries of their own; paths without any privilege are left out. */
export function effectiveTree(acl: readonly AclEntry[], product: keyof typeof rolesOf): Grants {
  const tree: Grants = {};
  for (const path of new Set([...(product === 'pve' ? topPaths : otherTopPaths), ...acl.map((one) => one.path)])) {
    const grants = heldAt(acl, path);
    if (Object.keys(grants).length > 0) tree[path] = grants;
  }
  return tree;
}
