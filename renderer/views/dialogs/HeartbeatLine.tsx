import { leastReaderHeartbeatS, mostReaderHeartbeatS, usualReaderHeartbeatS } from '../../../shared/model/settings.ts';
import { useSettings } from '../../state/settings.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { changeSettings } from './changeSettings.ts';
import styles from './SettingsDialog.module.css';

const steps = [leastReaderHeartbeatS, 2, usualReaderHeartbeatS, 5, 10, 15, 20, 30, 45, mostReaderHeartbeatS];

/** How long a session that reads a backup may be silent before it shows life. */
export function HeartbeatLine() {
  const now = useSettings((settings) => settings.readerHeartbeatS) ?? usualReaderHeartbeatS;
  const less = steps.findLast((step) => step < now);
  const more = steps.find((step) => step > now);
  const set = (readerHeartbeatS: number | undefined) => readerHeartbeatS && changeSettings({ readerHeartbeatS });
  return (
    <div className={styles.line}>
      <span>
        Heartbeat of restores
        <small>
          From a Backup Server. Below the time after which a proxy between cuts silence; 3 s suits all that are known.
        </small>
      </span>
      <div className={styles.stepper} role="group" aria-label="Heartbeat of restores">
        <IconButton icon="minus" size={14} label="More often" disabled={less === undefined} onClick={() => set(less)} />
        <output>{now} s</output>
        <IconButton icon="plus" size={14} label="Less often" disabled={more === undefined} onClick={() => set(more)} />
      </div>
    </div>
  );
}
