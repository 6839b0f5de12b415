import type { RelayMeter } from '../../../shared/model/console.ts';
import { formatTrip } from '../../state/format.ts';
import { useChannelMeter } from '../../state/meters.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { beatHeights } from './beatHeights.ts';
import styles from './Heartbeat.module.css';

const BEATS = 10;

/** The last ten round trips of a console's tunnel. Room is kept, so that the toolbar does not jump. */
export function Heartbeat({ channel, isOpen }: { channel: number | undefined; isOpen: boolean }) {
  const meter = useChannelMeter(channel);
  if (!isOpen || !meter) return <span className={styles.pulse} />;
  if (meter.health === 'late' || meter.health === 'dead') {
    return (
      <span className={`${styles.pulse} warn`} role="status">
        <Icon name="alert" size={14} />
        No answer
      </span>
    );
  }
  return <Pulse meter={meter} />;
}

function Pulse({ meter }: { meter: RelayMeter }) {
  const trips = meter.roundTripsMs.slice(-BEATS);
  const last = trips.at(-1);
  const color = meter.health === 'slow' ? 'warn' : 'ok';
  const waits = meter.down.isPaused || meter.up.isPaused;
  const said = last === undefined ? 'no answer measured yet' : `last answer in ${formatTrip(last)}`;
  return (
    <span className={styles.pulse} title={`Heartbeat: ${said}${meter.health === 'slow' ? ', slower than usual' : ''}`}>
      {waits && (
        <span className={styles.waits} title="The window is full: reading waits until this view has caught up.">
          <Icon name="pause" size={12} />
          waits
        </span>
      )}
      <span className={color}>
        <Icon name="pulse" size={14} />
      </span>
      <span className={`${styles.beats} ${color}`} aria-hidden="true" data-beats="">
        {beatHeights(trips).map((height, at) => (
          <i key={at} style={{ height }} />
        ))}
      </span>
      <span className={styles.ms}>{last === undefined ? '' : formatTrip(last)}</span>
    </span>
  );
}
