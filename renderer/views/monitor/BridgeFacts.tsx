import type { BridgeState } from '../../../shared/model/transfer.ts';
import { count, formatBytes } from '../../state/format.ts';
import styles from './tasks.module.css';

/** The meters of the bridge through this machine, beside the migration that it carries. */
export function BridgeFacts({ bridge }: { bridge: BridgeState }) {
  const facts = [
    [count(bridge.connections, 'connection'), `open of ${bridge.accepted}`],
    [formatBytes(bridge.heldBytes), 'held here'],
    [formatBytes(bridge.upBytes), 'to the target'],
    [formatBytes(bridge.downBytes), 'back'],
    ...(bridge.refused > 0 ? [[String(bridge.refused), 'refused']] : []),
  ];
  return (
    <section aria-label="Bridge through this computer">
      <p className="mid">
        Through this computer at {bridge.address}, for {bridge.allowedFrom.join(', ')} only.
      </p>
      <div className={styles.facts}>
        {facts.map(([value, name]) => (
          <div key={name}>
            <b>{value}</b>
            {name}
          </div>
        ))}
      </div>
    </section>
  );
}
