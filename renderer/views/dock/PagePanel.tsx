import type { IDockviewPanelProps } from 'dockview-react';
import { lazy, Suspense } from 'react';

import type { DockPage } from '../../state/dock.ts';
import { CrashGuard } from '../../shell/CrashGuard.tsx';

const views = {
  monitor: { what: 'The monitor', View: lazy(() => import('../monitor/MonitorView.tsx')) },
  backups: { what: 'The list of backups', View: lazy(() => import('../backups/BackupsView.tsx')) },
} satisfies Record<DockPage, unknown>;

/** A page of our own in the dock. */
export function PagePanel({ api, params }: IDockviewPanelProps<{ page: DockPage }>) {
  const { what, View } = views[params.page];
  return (
    <div data-page={api.id} style={{ height: '100%' }}>
      <CrashGuard what={what}>
        <Suspense fallback={null}>
          <View />
        </Suspense>
      </CrashGuard>
    </div>
  );
}
