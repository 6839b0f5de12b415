import type { Cluster } from '../../../shared/model/cluster.ts';
import { useClusters } from '../../state/clusters.ts';
import { useInventory } from '../../state/inventory.ts';
import { openDialog } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Kbd } from '../../widgets/Kbd.tsx';
import { mend } from '../inventory/rowActions.ts';
import styles from './NoConsole.module.css';

const isOut = ({ state }: Cluster) => state === 'signed-out' || state === 'certificate-changed';

function whatNow(hasGuests: boolean, list: readonly Cluster[]): string {
  if (hasGuests) return 'Double-click a guest in the inventory, or pick one by name.';
  const [only] = list;
  if (!only) return 'Add a cluster for them, or open an address of its own.';
  if (only.state === 'certificate-changed') return `The certificate of ${only.name} changed.`;
  if (only.state === 'unreachable') return `${only.name} does not answer.`;
  if (list.every(isOut)) return `You are signed out of ${list.length === 1 ? only.name : 'all clusters'}.`;
  if (list.every(({ product }) => product !== 'pve')) return 'Add a Proxmox VE cluster for them.';
  return 'Waiting for the list of guests.';
}

/** What the dock shows while no console is open. */
export function NoConsole() {
  const hasGuests = useInventory(({ guests }) => guests.size > 0);
  const list = useClusters((clusters) => clusters.list);
  const [only] = list;
  return (
    <div className={styles.empty}>
      <Icon name="vm" size={20} />
      <p>
        Screens and shells of your guests appear here.
        <br />
        {whatNow(hasGuests, list)}
      </p>
      {hasGuests && (
        <Button onClick={() => openDialog({ kind: 'palette', text: '@', beside: false })}>
          Open a console
          <Kbd keys="Ctrl K" />
        </Button>
      )}
      {!only && <Button onClick={() => openDialog({ kind: 'address' })}>Open an address</Button>}
      {!hasGuests && only && list.length === 1 && isOut(only) && (
        <Button kind="primary" onClick={() => mend(only)}>
          {only.state === 'signed-out' ? `Sign in to ${only.name}` : 'Compare certificates'}
        </Button>
      )}
    </div>
  );
}
