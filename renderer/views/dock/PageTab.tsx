import type { IDockviewPanelHeaderProps } from 'dockview-react';
import type { MouseEvent } from 'react';

import type { DockPage } from '../../state/dock.ts';
import { useTasks } from '../../state/tasks.ts';
import { useTransfers } from '../../state/transfers.ts';
import { Icon } from '../../widgets/Icon.tsx';
import styles from './DockTab.module.css';

/** The inside of a page's tab, as a console's: the cross is for the pointer only. */
export function PageTab({ api, params }: IDockviewPanelHeaderProps<{ page: DockPage }>) {
  const running = useTasks((state) => state.running) + useTransfers((state) => state.running);
  const name = api.title ?? '';
  const isMonitor = params.page === 'monitor';
  const close = (event: MouseEvent) => {
    event.stopPropagation();
    api.close();
  };
  return (
    <div className={styles.tab} title={name} onAuxClick={(event) => event.button === 1 && close(event)}>
      <span className="info">
        <Icon name={isMonitor ? 'moves' : 'box'} size={14} />
      </span>
      <span className="cut">{name}</span>
      <span className={styles.id} data-text={isMonitor && running > 0 ? `${running} running` : ''} />
      <span className={styles.close} aria-hidden="true" onPointerDown={(e) => e.stopPropagation()} onClick={close}>
        <Icon name="close" size={12} />
      </span>
    </div>
  );
}
