import type { KeyboardEvent } from 'react';

import { openPage } from '../../state/dock.ts';
import { useMeters } from '../../state/meters.ts';
import { useTasks } from '../../state/tasks.ts';
import { useTransfers } from '../../state/transfers.ts';
import { type BottomTab, setUi, useUi } from '../../state/ui.ts';
import { IconButton } from '../../widgets/Button.tsx';
import styles from './Bottom.module.css';
import { LogView } from './LogView.tsx';
import { RelaysView } from './RelaysView.tsx';
import { TasksView } from './TasksView.tsx';

const tabs: readonly BottomTab[] = ['tasks', 'relays', 'log'];
const titles: Record<BottomTab, string> = { tasks: 'Transfers and tasks', relays: 'Relays', log: 'Log' };

/** The panel under the consoles. */
export default function Bottom() {
  const { bottomTab, isBottomMaximized } = useUi();
  const handleKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = tabs[(tabs.indexOf(bottomTab) + step + tabs.length) % tabs.length] ?? 'tasks';
    setUi({ bottomTab: next });
    document.getElementById(`bottom-tab-${next}`)?.focus();
    event.preventDefault();
  };
  return (
    <section className={styles.bottom} aria-label="Transfers and tasks panel" data-area="bottom">
      <header className={styles.bar}>
        <div className={styles.tabs} role="tablist" aria-label="Panel" onKeyDown={handleKey}>
          {tabs.map((tab) => (
            <button
              key={tab}
              type="button"
              id={`bottom-tab-${tab}`}
              role="tab"
              aria-selected={tab === bottomTab}
              aria-controls="bottom-panel"
              tabIndex={tab === bottomTab ? 0 : -1}
              data-area-focus={tab === bottomTab ? '' : undefined}
              className={tab === bottomTab ? styles.on : ''}
              onClick={() => setUi({ bottomTab: tab })}
            >
              {titles[tab]} <Count tab={tab} />
            </button>
          ))}
        </div>
        <span className="grow" />
        <IconButton icon="outside" label="Open the monitor, Ctrl Shift M" onClick={() => openPage('monitor')} />
        <IconButton
          icon="maximize"
          label={isBottomMaximized ? 'Restore the panel' : 'Maximize the panel'}
          aria-pressed={isBottomMaximized}
          onClick={() => setUi({ isBottomMaximized: !isBottomMaximized })}
        />
        <IconButton
          icon="close"
          label="Close the panel, Ctrl J"
          onClick={() => setUi({ hasBottom: false, isBottomMaximized: false })}
        />
      </header>
      <div className={styles.body} id="bottom-panel" role="tabpanel" aria-labelledby={`bottom-tab-${bottomTab}`}>
        {bottomTab === 'tasks' && <TasksView />}
        {bottomTab === 'relays' && <RelaysView />}
        {bottomTab === 'log' && <LogView />}
      </div>
    </section>
  );
}

function Count({ tab }: { tab: BottomTab }) {
  const relays = useMeters((meters) => meters.relays.length);
  const running = useTasks((state) => state.running) + useTransfers((state) => state.running);
  if (tab === 'tasks') return <span>{running > 0 ? `${running} running` : ''}</span>;
  if (tab === 'relays') return <span>{relays > 0 ? relays : ''}</span>;
  return null;
}
