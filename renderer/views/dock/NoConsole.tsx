import { useInventory } from '../../state/inventory.ts';
import { openDialog } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Kbd } from '../../widgets/Kbd.tsx';
import styles from './NoConsole.module.css';

/** What the dock shows while no console is open. */
export function NoConsole() {
  const hasGuests = useInventory(({ guests }) => guests.size > 0);
  return (
    <div className={styles.empty}>
      <Icon name="vm" size={20} />
      <p>
        Screens and shells of your guests appear here.
        <br />
        {hasGuests ? 'Double-click a guest in the inventory, or pick one by name.' : 'Waiting for the list of guests.'}
      </p>
      {hasGuests && (
        <Button onClick={() => openDialog({ kind: 'palette', text: '@', beside: false })}>
          Open a console
          <Kbd keys="Ctrl K" />
        </Button>
      )}
    </div>
  );
}
