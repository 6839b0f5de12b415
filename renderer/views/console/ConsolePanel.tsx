import type { IDockviewPanelProps } from 'dockview-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';

import { type PanelParams, rowKeyOf, useConsole } from '../../state/consoles.ts';
import { useGuest } from '../../state/inventory.ts';
import styles from './ConsolePanel.module.css';
import { ConsoleToolbar } from './ConsoleToolbar.tsx';
import { controllerFor } from './controllers.ts';
import { FindBar } from './FindBar.tsx';
import { FullScreenHint } from './fullScreen.tsx';
import { StateCard } from './StateCard.tsx';

/** A console's panel in the dock. */
export function ConsolePanel({ api, params }: IDockviewPanelProps<PanelParams>) {
  const name = useGuest(rowKeyOf(params.target))?.name;
  useEffect(() => {
    if (name !== undefined && name !== api.title) api.setTitle(name);
  }, [api, name]);
  return <ConsoleStage params={params} />;
}

/** Toolbar, stage, and over the stage what has to be said about a lost stream; in the dock or in a window of its own. */
export function ConsoleStage({ params, isBare = false }: { params: PanelParams; isBare?: boolean }) {
  const controller = useMemo(() => controllerFor(params), [params]);
  const state = useConsole(controller.panelId);
  const root = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const [isFinding, setFinding] = useState(false);

  useLayoutEffect(() => {
    controller.element.className = styles.view ?? '';
    stage.current?.prepend(controller.element);
    controller.placed();
  }, [controller]);
  useEffect(() => {
    const element = root.current;
    const find = () => setFinding(true);
    element?.addEventListener('sluice-find', find);
    return () => element?.removeEventListener('sluice-find', find);
  }, []);

  if (!state) return null;
  const isGrey = state.phase === 'lost' || state.phase === 'stopped';
  return (
    <div className={styles.panel} ref={root} data-console={controller.panelId}>
      {!isBare && <ConsoleToolbar controller={controller} state={state} onFind={() => setFinding(true)} panel={root} />}
      <div className={`${styles.stage} ${styles[params.view]} ${isGrey ? styles.grey : ''}`} ref={stage}>
        <StateCard controller={controller} state={state} />
        <FullScreenHint panel={root} isFull={isBare} />
        {isFinding && (
          <FindBar
            controller={controller}
            onClose={() => {
              setFinding(false);
              controller.focus();
            }}
          />
        )}
      </div>
    </div>
  );
}
