import type { IDockviewPanelProps } from 'dockview-react';
import { lazy, Suspense } from 'react';

import type { DockPage } from '../../state/dock.ts';
import { CrashGuard } from '../../shell/CrashGuard.tsx';

const MonitorView = lazy(() => import('../monitor/MonitorView.tsx'));

/** A page of our own in the dock. */
export function PagePanel({ api }: IDockviewPanelProps<{ page: DockPage }>) {
  return (
    <div data-page={api.id} style={{ height: '100%' }}>
      <CrashGuard what="The monitor">
        <Suspense fallback={null}>
          <MonitorView />
        </Suspense>
      </CrashGuard>
    </div>
  );
}
