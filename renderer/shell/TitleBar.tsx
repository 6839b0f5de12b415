import { type MouseEvent, useEffect } from 'react';

import type { ConsoleTarget } from '../../shared/model/console.ts';
import { shell } from '../link/shell.ts';
import { rowKeyOf, useConsoles } from '../state/consoles.ts';
import { useClusters } from '../state/clusters.ts';
import { useInventory } from '../state/inventory.ts';
import { popOutOf } from '../state/popOuts.ts';
import { openDialog, toggleBottom, toggleSidebar, useUi } from '../state/ui.ts';
import { splitOrPick } from '../views/dock/tabMenu.ts';
import { Brand } from '../widgets/Brand.tsx';
import { IconButton } from '../widgets/Button.tsx';
import { Icon } from '../widgets/Icon.tsx';
import { Kbd } from '../widgets/Kbd.tsx';
import styles from './TitleBar.module.css';

export function TitleBar() {
  const hasClusters = useClusters(({ list }) => list.length > 0);
  const { hasSidebar, hasBottom, isNarrow, over } = useUi();
  const activePanelId = useConsoles((consoles) => consoles.activePanelId);
  const platform = shell()?.platform ?? 'browser';
  return (
    <header className={`${styles.title} ${styles[platform] ?? ''}`}>
      <div className={styles.brand}>
        <Brand sizePx={18} />
        <MenuOfWindow />
        <h1>Sluice</h1>
        <Crumb isShown={!isNarrow} />
      </div>
      <button
        type="button"
        className={styles.omni}
        aria-keyshortcuts="Control+K"
        onClick={() => openDialog({ kind: 'palette', text: '', beside: false })}
      >
        <Icon name="search" size={14} />
        <span className="grow cut">Search guests, tasks and commands</span>
        <Kbd keys="Ctrl K" />
      </button>
      <div className={styles.right}>
        {hasClusters && (
          <>
            <IconButton
              icon="sidebar"
              label="Inventory, Ctrl B"
              aria-expanded={isNarrow ? over === 'inventory' : hasSidebar}
              onClick={toggleSidebar}
            />
            <IconButton
              icon="bottomPanel"
              label="Transfers and tasks panel, Ctrl J"
              aria-expanded={hasBottom}
              onClick={toggleBottom}
            />
            <IconButton
              icon="split"
              label="Split console, Ctrl \"
              disabled={activePanelId === undefined}
              onClick={() => activePanelId !== undefined && splitOrPick(activePanelId)}
            />
          </>
        )}
      </div>
    </header>
  );
}

/** All native menus as one, where the system shows no menu bar. */
export function MenuOfWindow() {
  const bridge = shell();
  if (!bridge || bridge.platform === 'darwin') return null;
  const handleClick = ({ currentTarget }: MouseEvent<HTMLElement>) => {
    const { left, bottom } = currentTarget.getBoundingClientRect();
    bridge.popUpMenu({ x: Math.round(left), y: Math.round(bottom) });
  };
  return <IconButton icon="menu" label="Menu, F10" aria-haspopup="menu" onClick={handleClick} />;
}

function ownName(target: ConsoleTarget | undefined): string | undefined {
  if (target?.kind === 'endpoint') return target.label;
  return target?.kind === 'node' ? target.node : undefined;
}

/** The console in front, and where it runs; also the window's title. */
function Crumb({ isShown }: { isShown: boolean }) {
  const target = useConsoles(({ byPanel, activePanelId }) =>
    popOutOf(activePanelId) ? undefined : byPanel.get(activePanelId ?? '')?.target,
  );
  const guest = useInventory(({ guests }) => (target ? guests.get(rowKeyOf(target)) : undefined));
  const name = guest?.name ?? ownName(target);
  useEffect(() => {
    document.title = name ? `${name} · Sluice` : 'Sluice';
  }, [name]);
  if (!target || !isShown) return null;
  const text = guest
    ? `${guest.name} on ${guest.node}`
    : target.kind === 'node'
      ? `Shell of ${target.node}`
      : (name ?? '');
  return <span className={`${styles.crumb} cut`}>{text}</span>;
}
