import type { RelayMeter } from '../../../shared/model/console.ts';
import { useConsoles } from '../../state/consoles.ts';
import { formatAge, formatBytes, formatPart, formatTrip } from '../../state/format.ts';
import { useMeters } from '../../state/meters.ts';
import { Icon, type IconName } from '../../widgets/Icon.tsx';
import { Meter } from '../../widgets/Meter.tsx';
import styles from './RelaysView.module.css';

const health: Record<RelayMeter['health'], readonly [word: string, icon: IconName, color: string]> = {
  alive: ['alive', 'pulse', 'ok'],
  slow: ['slow', 'pulse', 'warn'],
  late: ['no answer', 'alert', 'warn'],
  dead: ['lost', 'fail', 'bad'],
};

/** Every running relay: what went through, what it holds, how quickly its peer answers. */
export function RelaysView() {
  const relays = useMeters((meters) => meters.relays);
  if (relays.length === 0) {
    return (
      <p className={styles.blank}>
        Every open console is a relay between this window and a node. They appear here, with the bytes they hold.
      </p>
    );
  }
  return (
    <div className={styles.box} tabIndex={0} role="region" aria-label="Relays">
      <table className={styles.table}>
        <thead>
          <tr>
            <th>Relay</th>
            <th>State</th>
            <th className={styles.number}>Round trip</th>
            <th className={styles.number}>From the server</th>
            <th className={styles.number}>To the server</th>
            <th className={styles.number}>Waited</th>
            <th className={styles.wide}>Held</th>
          </tr>
        </thead>
        <tbody>
          {relays.map((relay) => (
            <Row key={relay.id} relay={relay} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ relay }: { relay: RelayMeter }) {
  const [word, icon, color] = health[relay.health];
  const waits = relay.down.isPaused || relay.up.isPaused;
  const held = Math.max(relay.down.heldBytes, relay.up.heldBytes);
  const last = relay.roundTripsMs.at(-1);
  return (
    <tr>
      <td>
        <span className={styles.name}>
          <Kind channel={relay.channel} />
          <span className="cut">{relay.label}</span>
          <Learned relay={relay} />
        </span>
      </td>
      <td>
        <span className={styles.state}>
          <Icon name={waits ? 'pause' : icon} size={14} className={waits ? 'mid' : color} />
          {waits ? 'waits' : word}
        </span>
      </td>
      <td className={styles.number}>{last === undefined ? 'unknown' : formatTrip(last)}</td>
      <td className={styles.number}>{formatBytes(relay.down.bytes)}</td>
      <td className={styles.number}>{formatBytes(relay.up.bytes)}</td>
      <Waited relay={relay} />
      <td>
        <span className={styles.held}>
          <Meter held={held} window={relay.windowBytes} />
          <span>{formatPart(held, relay.windowBytes)}</span>
        </span>
      </td>
    </tr>
  );
}

/** Screen and terminal of a guest have the same name. */
function Kind({ channel }: { channel: number | undefined }) {
  const view = useConsoles(({ byPanel }) => [...byPanel.values()].find((one) => one.channel === channel)?.view);
  if (channel === undefined || view === undefined) return <Icon name="outside" size={14} className="dim" />;
  const word = view === 'vnc' ? 'Screen' : 'Terminal';
  return (
    <span className="dim" role="img" aria-label={word} title={word}>
      <Icon name={view === 'vnc' ? 'vm' : 'terminal'} size={14} />
    </span>
  );
}

/** How long the faster side waited for the slower one, so that nothing piled up. */
function Waited({ relay: { up, down } }: { relay: RelayMeter }) {
  const pauses = up.pauses + down.pauses;
  const ms = up.stalledMs + down.stalledMs;
  const title = `The faster side waited ${pauses} times for the slower one, so that nothing piled up here.`;
  return (
    <td className={styles.number} {...(pauses > 0 && { title })}>
      {pauses === 0 ? 'never' : ms < 1000 ? formatTrip(ms) : formatAge(ms)}
    </td>
  );
}

/** What was learned about who sits in between, where anything was. */
function Learned({ relay: { idleLimitMs, heartbeatMs } }: { relay: RelayMeter }) {
  if (idleLimitMs === undefined) return null;
  const silence = formatAge(idleLimitMs);
  const beats = heartbeatMs === undefined ? '' : ` Sluice now sends a sign of life every ${formatAge(heartbeatMs)}.`;
  const title = `Something on the way to this server ended connections that were silent for ${silence}.${beats}`;
  return (
    <span className={styles.learned} title={title}>
      silence limit {silence}
    </span>
  );
}
