import { clusterMenu } from '../views/inventory/rowActions.ts';
import { useClusters } from '../state/clusters.ts';
import { useTasks } from '../state/tasks.ts';
import { useTransfers } from '../state/transfers.ts';
import { type BottomTab, openDialog, setUi, toggleSidebar, useUi } from '../state/ui.ts';
import { Icon, type IconName } from '../widgets/Icon.tsx';
import { MenuButton, type MenuGroup } from '../widgets/Menu.tsx';
import styles from './Rail.module.css';

const useRunning = () => useTasks(({ running }) => running) + useTransfers(({ running }) => running);

export function Rail() {
  const { hasSidebar, isNarrow, over } = useUi();
  const running = useRunning();
  const isInventoryOpen = isNarrow ? over === 'inventory' : hasSidebar;
  const word = running > 0 ? `, ${running} running` : '';
  return (
    <nav className={styles.rail} aria-label="Areas" data-area="rail">
      <RailButton icon="tree" label="Inventory" isOn={isInventoryOpen} onClick={toggleSidebar} />
      <RailButton
        icon="moves"
        label={`Transfers and tasks${word}`}
        badge={running}
        onClick={() => toggleTab('tasks')}
      />
      <RailButton icon="gauge" label="Relays and memory" onClick={() => toggleTab('relays')} />
      <span className="grow" />
      <MenuButton
        trigger={
          <button type="button" className={styles.button} aria-label="Accounts" title="Accounts">
            <Icon name="user" size={20} />
          </button>
        }
        groups={accountGroups}
        side="right"
      />
      <RailButton icon="gear" label="Settings" onClick={() => openDialog({ kind: 'settings' })} />
    </nav>
  );
}

function toggleTab(tab: BottomTab): void {
  setUi(({ hasBottom, bottomTab }) =>
    hasBottom && bottomTab === tab ? { hasBottom: false } : { hasBottom: true, bottomTab: tab, isBottomAway: false },
  );
}

function accountGroups(): MenuGroup[] {
  const { list } = useClusters.getState();
  return [
    ...list.map((cluster) => ({
      heading: `${cluster.name}${cluster.user ? `, ${cluster.user}` : ''}`,
      items: clusterMenu(cluster).flatMap((group) => group.items),
    })),
    { items: [{ label: 'Add a cluster…', icon: 'plus', run: () => openDialog({ kind: 'sign-in' }) }] },
  ];
}

function RailButton(props: { icon: IconName; label: string; isOn?: boolean; badge?: number; onClick: () => void }) {
  const { icon, label, isOn, badge = 0, onClick } = props;
  return (
    <button
      type="button"
      className={`${styles.button} ${isOn ? styles.on : ''}`}
      aria-label={label}
      title={label}
      aria-expanded={isOn}
      onClick={onClick}
    >
      <Icon name={icon} size={20} />
      {badge > 0 && <span className={styles.badge}>{badge > 99 ? '99+' : badge}</span>}
    </button>
  );
}
