import { setMonitor, useMonitor } from '../../state/monitor.ts';
import { useConsoles } from '../../state/consoles.ts';
import { openPage, pagePanelId } from '../../state/dock.ts';
import { setUi, showBottom } from '../../state/ui.ts';

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

/** Shows tasks where they are looked at now. */
export function showTasks(): void {
  if (!isMonitorInFront()) showBottom('tasks');
}

/** Shows a task that was just started, or picked, where tasks are looked at now: in the monitor in front, else in the panel. */
export function showStarted(taskKey: string): void {
  if (isMonitorInFront()) return setMonitor({ selected: taskKey });
  showBottom('tasks');
  setUi({ taskKey });
}

const isMonitorInFront = () => useConsoles.getState().activePanelId === pagePanelId('monitor');
