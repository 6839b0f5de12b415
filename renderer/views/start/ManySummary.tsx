import type { Guest } from '../../../shared/model/inventory.ts';
import type { MigrationCheck } from '../../../shared/model/migration.ts';
import { count, formatBytes } from '../../state/format.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Asking, Failure, Steps } from './StartParts.tsx';
import styles from './start.module.css';
import type { Checks } from './useChecks.ts';

interface SummaryProps {
  /** All that were chosen. */
  readonly guests: readonly Guest[];
  readonly target: string;
  readonly limit: number;
  readonly checks: Checks;
}

/** What will happen, guest by guest, once each was asked whether it can. */
export function ManySummary({ guests, target, limit, checks }: SummaryProps) {
  const { known, isAsking, error } = checks;
  const staying = guests.filter(({ id }) => known.get(id)?.verdict === 'stays');
  const going = guests.filter((guest) => !staying.includes(guest));
  const unknown = going.filter(({ id }) => known.get(id)?.verdict === 'unknown');
  return (
    <>
      {isAsking && <Asking what={`Asking what stands against it: ${known.size} of ${guests.length}.`} />}
      <Failure error={error} />
      {going.length > 0 && <Steps steps={manySteps(going, target, limit, known)} />}
      <GuestList title={`Stay where they are: ${staying.length}`} guests={staying} known={known} />
      <GuestList title={`Could not be asked and are tried: ${unknown.length}`} guests={unknown} known={known} />
    </>
  );
}

function GuestList(props: { title: string; guests: readonly Guest[]; known: ReadonlyMap<string, MigrationCheck> }) {
  const { title, guests, known } = props;
  if (guests.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className={styles.legend}>{title}</h3>
      <ul className={`${styles.problems} ${styles.guests}`}>
        {guests.map(({ id, name, vmid }) => (
          <li key={id}>
            <Icon name="alert" size={14} className="warn" />
            <span>
              <b>
                {name} {vmid}
              </b>{' '}
              {known.get(id)?.reasons.join(' ')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function manySteps(
  guests: readonly Guest[],
  target: string,
  limit: number,
  known: ReadonlyMap<string, MigrationCheck>,
): string[] {
  const running = guests.filter(({ state, type }) => state === 'running' && type === 'qemu').length;
  const containers = guests.filter(({ state, type }) => state === 'running' && type === 'lxc').length;
  const off = guests.length - running - containers;
  const disks = guests.flatMap(({ id }) => known.get(id)?.localDisks ?? []);
  const bytes = disks.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const size = bytes > 0 ? `, ${formatBytes(bytes)} in all` : '';
  return [
    `${count(guests.length, 'guest')} to go to ${target}, ${limit === 1 ? 'one after the other' : `${limit} at a time`}.`,
    ...(running > 0 ? [`Machines that go on running meanwhile: ${running}.`] : []),
    ...(containers > 0 ? [`Containers that are shut down, moved and started again: ${containers}.`] : []),
    ...(off > 0 ? [`Guests that are off and stay off: ${off}.`] : []),
    ...(disks.length > 0
      ? [`Local disks that are copied to storages of the same names on ${target}: ${disks.length}${size}.`]
      : []),
    'One that can’t go when its turn comes stays, and the queue goes on.',
    'The queue lives in Sluice: it goes on after a restart of it, and each one can be taken out before its turn.',
  ];
}
