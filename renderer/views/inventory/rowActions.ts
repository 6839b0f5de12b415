import type { Cluster } from '../../../shared/model/cluster.ts';
import type { Node } from '../../../shared/model/inventory.ts';
import { call } from '../../api/engine.ts';
import { clusterById } from '../../state/clusters.ts';
import { isOffered, openConsole, openUsualConsole, targetOf } from '../../state/dock.ts';
import { useInventory } from '../../state/inventory.ts';
import { whyNoConsole } from '../../state/privileges.ts';
import { notify, notifyFailure } from '../../state/toasts.ts';
import type { TreeRow } from '../../state/treeModel.ts';
import { fold, openDialog, setUi, useUi } from '../../state/ui.ts';
import type { MenuGroup, MenuItem } from '../../widgets/Menu.tsx';
import { browseBackups } from '../backups/backupActions.ts';
import { copy } from '../copy.ts';
import { guestActions } from '../guestActions.ts';

const guestOf = (row: TreeRow) => useInventory.getState().guests.get(row.key);
const nodeOf = (row: TreeRow) => useInventory.getState().nodes.get(row.key);

export function rowName(row: TreeRow): string {
  if (row.kind === 'guest') return guestOf(row)?.name ?? '';
  if (row.kind === 'node') return nodeOf(row)?.name ?? '';
  return clusterById(row.key)?.name ?? '';
}

/** What a double-click or Enter does: opens the console, signs in, or folds. */
export function activateRow(row: TreeRow, options: { beside?: boolean } = {}): void {
  if (row.kind === 'guest') {
    const guest = guestOf(row);
    if (!guest) return;
    if (guest.isTemplate) {
      notify({ kind: 'info', text: `${guest.name} is a template and never runs, so it has no console.` });
      return;
    }
    const lacks = whyNoConsole(targetOf(guest));
    if (lacks) {
      notify({ kind: 'info', text: `The console of ${guest.name} ${lacks}. Ask whoever runs the cluster for it.` });
      return;
    }
    openUsualConsole(targetOf(guest), options);
    if (useUi.getState().isNarrow) setUi({ over: undefined });
    return;
  }
  const cluster = row.kind === 'cluster' ? clusterById(row.key) : undefined;
  if (cluster && cluster.state !== 'signed-in' && cluster.state !== 'connecting') return mend(cluster);
  if (cluster?.product === 'pbs') return browseBackups(cluster.id);
  if (row.isExpanded !== undefined) fold(row.key, row.isExpanded);
}

/** The way back to a cluster that is not signed in. */
export function mend(cluster: Cluster): void {
  if (cluster.state === 'certificate-changed') return openDialog({ kind: 'certificate', clusterId: cluster.id });
  openDialog(signInAgain(cluster));
}

/** Asks only for what is needed: address and user are known. */
const signInAgain = ({ address, user }: Cluster) => ({ kind: 'sign-in', address, ...(user ? { user } : {}) }) as const;

export function signOut(cluster: Cluster): void {
  call('session.logout', { clusterId: cluster.id }).catch((error: unknown) =>
    notifyFailure(`Signing out of ${cluster.name} failed.`, error),
  );
}

export function clusterMenu(cluster: Cluster): readonly MenuGroup[] {
  const isIn = cluster.state === 'signed-in' || cluster.state === 'unreachable';
  return [
    ...(cluster.product === 'pbs' && isIn
      ? [{ items: [{ label: 'Browse its backups', icon: 'box' as const, run: () => browseBackups(cluster.id) }] }]
      : []),
    {
      items: [
        ...(cluster.state === 'certificate-changed'
          ? [{ label: 'Look at its new certificate…', icon: 'lock' as const, run: () => mend(cluster) }]
          : []),
        ...(isIn
          ? [{ label: 'Sign out', icon: 'lock' as const, run: () => signOut(cluster) }]
          : [
              {
                label: 'Sign in…',
                icon: 'key' as const,
                run: () => openDialog(signInAgain(cluster)),
              },
            ]),
      ],
    },
    {
      items: [
        ...(cluster.certificate && cluster.state !== 'certificate-changed'
          ? [
              {
                label: 'Certificate…',
                icon: 'lock' as const,
                run: () => openDialog({ kind: 'trust', clusterId: cluster.id }),
              },
            ]
          : []),
        { label: 'API gateway…', icon: 'gate', run: () => openDialog({ kind: 'gateway', clusterId: cluster.id }) },
        { label: 'Copy its address', icon: 'copy', run: () => void copy(cluster.address, 'address') },
      ],
    },
    {
      items: [
        {
          label: 'Remove from the list…',
          icon: 'trash',
          isDanger: true,
          run: () => openDialog({ kind: 'forget', clusterId: cluster.id }),
        },
      ],
    },
  ];
}

const shellItems = (node: Node): MenuItem[] => {
  const target = { kind: 'node', clusterId: node.clusterId, node: node.name } as const;
  if (!isOffered(target, 'terminal')) return [];
  const run = () => openConsole({ target, view: 'terminal' });
  const isOff = node.state !== 'online';
  return [{ label: 'Open its shell', icon: 'terminal', isOff, offBecause: whyNoConsole(target), run }];
};

const nodeMenu = (node: Node): readonly MenuGroup[] => [
  { items: shellItems(node) },
  ...(node.remote === undefined ? [ownNodeItems(node)] : []),
  { items: [{ label: 'Copy its name', icon: 'copy', run: () => void copy(node.name, 'name') }] },
];

/** What a Datacenter Manager does not pass on. */
const ownNodeItems = (node: Node): MenuGroup => ({
  items: [
    {
      label: 'Migrate its guests…',
      icon: 'arrow',
      run: () => openDialog({ kind: 'migrate-many', clusterId: node.clusterId, node: node.name }),
    },
    {
      label: 'Upload files…',
      icon: 'upload',
      isOff: node.state !== 'online',
      run: () => openDialog({ kind: 'upload', clusterId: node.clusterId, node: node.name }),
    },
  ],
});

export function rowMenu(row: TreeRow): readonly MenuGroup[] {
  if (row.kind === 'guest') {
    const guest = guestOf(row);
    return guest ? guestActions(guest) : [];
  }
  if (row.kind === 'node') {
    const node = nodeOf(row);
    return node ? nodeMenu(node) : [];
  }
  const cluster = clusterById(row.key);
  return cluster ? clusterMenu(cluster) : [];
}
