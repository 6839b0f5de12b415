import 'dockview-react/dist/styles/dockview.css';
import './dock.css';

import { type DockviewApi, DockviewReact, type DockviewReadyEvent, type DockviewTheme } from 'dockview-react';
import { useEffect, useRef } from 'react';

import { useUi } from '../../state/ui.ts';
import { ConsolePanel } from '../console/ConsolePanel.tsx';
import { connectDock, fitToWidth } from './dockApi.ts';
import { DockTab } from './DockTab.tsx';
import { GroupActions } from './GroupActions.tsx';
import { NoConsole } from './NoConsole.tsx';
import { PagePanel } from './PagePanel.tsx';
import { PageTab } from './PageTab.tsx';

const theme: DockviewTheme = {
  name: 'sluice',
  className: 'dockview-theme-sluice',
  gap: 0,
  dndOverlayMounting: 'absolute',
  dndPanelOverlay: 'group',
  dndTabIndicator: 'line',
};
const components = { console: ConsolePanel, page: PagePanel };
const tabComponents = { page: PageTab };
const messages = { closeTab: (title: string) => `Close ${title}` };

export function Dock() {
  const api = useRef<DockviewApi | undefined>(undefined);
  const cleanUp = useRef<(() => void) | undefined>(undefined);
  const isNarrow = useUi((ui) => ui.isNarrow);
  const handleReady = (event: DockviewReadyEvent) => {
    api.current = event.api;
    cleanUp.current = connectDock(event.api);
    fitToWidth(event.api, isNarrow);
  };
  useEffect(() => {
    if (api.current) fitToWidth(api.current, isNarrow);
  }, [isNarrow]);
  useEffect(() => () => cleanUp.current?.(), []);
  return (
    <DockviewReact
      theme={theme}
      components={components}
      defaultTabComponent={DockTab}
      tabComponents={tabComponents}
      rightHeaderActionsComponent={GroupActions}
      watermarkComponent={NoConsole}
      disableFloatingGroups
      disableTabsOverflowList={false}
      scrollbars="native"
      messages={messages}
      onReady={handleReady}
    />
  );
}

export default Dock;
