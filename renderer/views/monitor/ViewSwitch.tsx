import { setMonitor, useMonitor } from '../../state/monitor.ts';
import { Segments } from '../../widgets/Field.tsx';

const views = [
  { value: 'now', label: 'Now' },
  { value: 'history', label: 'History' },
] as const;

export function ViewSwitch() {
  const view = useMonitor((monitor) => monitor.view);
  return <Segments label="View" choices={views} value={view} onChange={(next) => setMonitor({ view: next })} />;
}
