import { useEffect } from 'react';

import { useClusters } from '../../state/clusters.ts';
import { useLaunches } from '../../state/launches.ts';
import { openDialog, useUi } from '../../state/ui.ts';
import { needsConsent, openLaunch } from './openLaunch.ts';

/** Brings what the system handed over before the person, one after the other, never over another dialog. */
export function useLaunchGate(): void {
  const launch = useLaunches(({ list }) => list[0]);
  const isKnown = useClusters((clusters) => clusters.isKnown);
  const isBusy = useUi((ui) => ui.dialog !== undefined);
  useEffect(() => {
    if (!launch || !isKnown || isBusy) return;
    if (needsConsent(launch)) openDialog({ kind: 'launch', launchId: launch.id });
    else void openLaunch(launch);
  }, [launch, isKnown, isBusy]);
}
