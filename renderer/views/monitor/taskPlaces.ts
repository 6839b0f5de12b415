import { setMonitor, useMonitor } from '../../state/monitor.ts';
import { openPage } from '../../state/dock.ts';

/** Shows a task in the monitor, whatever its filters hide now. */
export function showInMonitor(taskKey: string): void {
  const { text, show } = useMonitor.getState();
  setMonitor({
    selected: taskKey,
    ...(text === '' && show === 'all' ? {} : { text: '', show: 'all' as const }),
    ...{ kind: undefined, clusterId: undefined, isMine: false },
  });
  openPage('monitor');
}
