import type { RelayMeter } from '../../../shared/model/console.ts';
import { useConsoles } from '../../state/consoles.ts';
import { formatBytes, formatPart } from '../../state/format.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Meter } from '../../widgets/Meter.tsx';
import styles from './RelayLine.module.css';

/** One relay's fuller direction: what it holds of its window. */
export function RelayLine({ relay }: { relay: RelayMeter }) {
  const held = Math.max(relay.up.heldBytes, relay.down.heldBytes);
  const waits = relay.up.isPaused || relay.down.isPaused;
  const isTerminal = useConsoles(({ byPanel }) =>
    [...byPanel.values()].some((one) => one.channel === relay.channel && one.view === 'terminal'),
  );
  return (
    <div className={styles.line}>
      <span className="mid">
        <Icon name={isTerminal ? 'terminal' : 'vm'} size={14} />
      </span>
      <span className="cut">{relay.label}</span>
      <Meter held={held} window={relay.windowBytes} />
      <span className={styles.figure}>
        {waits && <Icon name="pause" size={12} />}
        {held > 100 * 1024 ? formatPart(held, relay.windowBytes) : formatBytes(held)}
      </span>
    </div>
  );
}
