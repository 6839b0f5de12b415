import { type CSSProperties, lazy, Suspense, useEffect, useState } from 'react';

import { useClusters } from '../state/clusters.ts';
import { useConnection } from '../state/connection.ts';
import { shell } from '../link/shell.ts';
import { onDockWanted } from '../state/dock.ts';
import { hasKeptPanels } from '../state/keptLayout.ts';
import { onPresence } from '../state/presence.ts';
import { showTheme, useSettings } from '../state/settings.ts';
import { setUi, useUi } from '../state/ui.ts';
import { useFirstPicture } from '../state/firstPicture.ts';
import { NoConsole } from '../views/dock/NoConsole.tsx';
import { Inventory } from '../views/inventory/Inventory.tsx';
import { Welcome } from '../views/welcome/Welcome.tsx';
import { Sash } from '../widgets/Sash.tsx';
import styles from './App.module.css';
import { CrashGuard } from './CrashGuard.tsx';
import { Dialogs } from './Dialogs.tsx';
import { LinkBanner } from './LinkBanner.tsx';
import { Rail } from './Rail.tsx';
import { StatusBar } from './StatusBar.tsx';
import { TitleBar } from './TitleBar.tsx';
import { Toasts } from './Toasts.tsx';
import { useLaunches } from '../state/launches.ts';
import { useLaunchGate } from '../views/launch/useLaunchGate.ts';
import { useFileDrop } from './useFileDrop.ts';
import { useShortcuts } from './useShortcuts.ts';

const PopOuts = lazy(() => import('../views/popOut/PopOuts.tsx'));
const Dock = lazy(() => import('../views/dock/Dock.tsx'));
const Bottom = lazy(() => import('../views/bottom/Bottom.tsx'));

const NARROW = '(max-width: 999px)';

export function App({
  onTryNow,
  onTheme,
}: {
  onTryNow: () => void;
  onTheme: (theme: 'system' | 'light' | 'dark') => void;
}) {
  useShortcuts();
  useFileDrop();
  useLaunchGate();
  useTheme(onTheme);
  useNarrow();
  useSlideOver();
  const isDrawn = useFirstPicture((picture) => picture.isDrawn);
  const { isNarrow, hasSidebar, over, sidebarPx } = useUi();
  const hasSide = isNarrow ? over === 'inventory' : hasSidebar;
  const columns = { '--side': hasSide && !isNarrow ? `${sidebarPx}px` : '0px' } as CSSProperties;
  return (
    <div className={`${styles.app} ${isNarrow ? styles.narrow : ''}`} style={columns}>
      <TitleBar />
      <LinkBanner onTryNow={onTryNow} />
      <Rail />
      {isNarrow && over && (
        <div className={styles.shade} onClick={() => setUi({ over: undefined })} aria-hidden="true" />
      )}
      {hasSide && (
        <aside className={styles.side} aria-label="Inventory panel" data-area="inventory">
          <CrashGuard what="The inventory">
            <Inventory />
          </CrashGuard>
          {!isNarrow && (
            <div className={styles.sideSash}>
              <Sash
                label="Width of the inventory"
                direction="vertical"
                valuePx={sidebarPx}
                minPx={180}
                maxPx={560}
                onChange={(px) => setUi({ sidebarPx: px })}
              />
            </div>
          )}
        </aside>
      )}
      <Work />
      <StatusBar />
      <CrashGuard what="The dialog">
        <Dialogs />
      </CrashGuard>
      <Suspense fallback={null}>{isDrawn && <PopOuts />}</Suspense>
      <Toasts />
    </div>
  );
}

function Work() {
  const hasClusters = useClusters(({ list }) => list.length > 0);
  const isKnown = useClusters((clusters) => clusters.isKnown);
  const phase = useConnection((connection) => connection.phase);
  // A shell's page and engine keep their data side by side: what the one never saw the other does not have.
  const isFirst = shell() !== undefined && (phase === 'connecting' || phase === 'ready');
  const { hasBottom, bottomPx, isBottomMaximized } = useUi();
  const hasWork = useLaunches(({ hasEndpoint }) => hasEndpoint) || hasClusters;
  const isDrawn = useFirstPicture((picture) => picture.isDrawn);
  const [hasPanels] = useState(hasKeptPanels);
  const isDockWanted = useDockWanted(hasPanels) && hasWork && isDrawn;
  const noDock = hasPanels ? <div className={styles.waiting} /> : <NoConsole />;
  if (!hasWork) {
    return (
      <main className={styles.work} data-area="work">
        {isFirst || isKnown ? <Welcome /> : <div className={styles.waiting} />}
      </main>
    );
  }
  return (
    <main className={styles.work}>
      <div className={styles.dock} hidden={hasBottom && isBottomMaximized} data-area="consoles">
        <CrashGuard what="The consoles">
          <Suspense fallback={noDock}>{isDockWanted ? <Dock /> : noDock}</Suspense>
        </CrashGuard>
      </div>
      {hasBottom && (
        <div
          className={isBottomMaximized ? styles.whole : styles.bottom}
          style={isBottomMaximized ? {} : { height: bottomPx }}
        >
          {!isBottomMaximized && (
            <div className={styles.bottomSash}>
              <Sash
                label="Height of the panel"
                direction="horizontal"
                valuePx={bottomPx}
                minPx={120}
                maxPx={700}
                isReversed
                onChange={(px) => setUi({ bottomPx: px })}
              />
            </div>
          )}
          <CrashGuard what="The panel">
            <Suspense fallback={<div className={styles.waiting} />}>{isDrawn && <Bottom />}</Suspense>
          </CrashGuard>
        </div>
      )}
    </main>
  );
}

/**
 * The dock's code comes after the first picture where consoles were open before, else with the first sign of a person,
 * and at once when a console is asked for.
 */
function useDockWanted(hasPanels: boolean): boolean {
  const [isWanted, setWanted] = useState(hasPanels);
  useEffect(() => onDockWanted(() => setWanted(true)), []);
  useEffect(() => onPresence(() => setWanted(true)), []);
  return isWanted;
}

function useTheme(onTheme: (theme: 'system' | 'light' | 'dark') => void): void {
  const theme = useSettings((settings) => settings.theme);
  useEffect(() => {
    showTheme(theme);
    onTheme(theme);
  }, [theme, onTheme]);
}

/** A slide-over takes the focus, and Escape puts it away. */
function useSlideOver(): void {
  const isOver = useUi((ui) => ui.isNarrow && ui.over === 'inventory');
  useEffect(() => {
    if (!isOver) return undefined;
    document.querySelector<HTMLElement>('[data-area="inventory"] [data-area-focus]')?.focus();
    const handleKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) setUi({ over: undefined });
    };
    window.addEventListener('keydown', handleKey);
    return () => window.removeEventListener('keydown', handleKey);
  }, [isOver]);
}

function useNarrow(): void {
  useEffect(() => {
    const query = window.matchMedia(NARROW);
    const follow = () => setUi({ isNarrow: query.matches, over: undefined });
    follow();
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
}
