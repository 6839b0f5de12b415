import { useMemo, useState } from 'react';

import type { Guest } from '../../../shared/model/inventory.ts';
import { call } from '../../api/engine.ts';
import { clusterById } from '../../state/clusters.ts';
import { count } from '../../state/format.ts';
import { useInventory } from '../../state/inventory.ts';
import { useMigrations } from '../../state/migrations.ts';
import { openPage } from '../../state/dock.ts';
import { Check, Field } from '../../widgets/Field.tsx';
import { Select } from '../../widgets/Select.tsx';
import { limitError, limitKib } from './rateLimit.ts';
import { ManySummary } from './ManySummary.tsx';
import { StartDialog } from './StartDialog.tsx';
import styles from './start.module.css';
import { TargetPicker } from './TargetPicker.tsx';
import { useChecks } from './useChecks.ts';

const MOST_SHOWN = 200; // boxes; a search finds the others
const atOnce = ['1', '2', '3', '4', '6', '8'].map((value) => ({ value, label: value }));

/** Several guests to one node, some at a time: choose them, read what will happen, put them into the queue. */
export default function MigrateManyDialog(props: { clusterId: string; node?: string; onClose: () => void }) {
  const { clusterId, node, onClose } = props;
  const known = useMigrations((queue) => queue.limit);
  const [text, setText] = useState('');
  const [target, setTarget] = useState<string | undefined>(undefined);
  const [limit, setLimit] = useState(String(known));
  const [rate, setRate] = useState('');
  const [isSummary, setSummary] = useState(false);

  const { all, chosen, pick, toggle } = useGuestChoice(clusterId, node);
  const moving = all.filter((guest) => chosen.has(guest.id) && guest.node !== target);
  const targets = useTargets(clusterId, node);
  const checks = useChecks(
    clusterId,
    moving.map(({ id }) => id),
    isSummary ? target : undefined,
  );
  const going = moving.filter(({ id }) => checks.known.get(id)?.verdict !== 'stays');
  const start = async () => {
    if (target === undefined) return;
    const kib = limitKib(rate);
    await call('migrations.setLimit', { limit: Number(limit) });
    const plan = { target, ...(kib !== undefined && { limitKibPerSecond: kib }) };
    await call('migrations.add', { clusterId, guestIds: going.map(({ id }) => id), plan });
    onClose();
    openPage('monitor');
  };
  const title = node
    ? `Migrate guests of ${node}`
    : `Migrate guests of ${clusterById(clusterId)?.name ?? 'the cluster'}`;
  const canGoOn = moving.length > 0 && moving.length <= 500 && limitError(rate) === undefined;
  const summary = canGoOn && target !== undefined && (
    <ManySummary guests={moving} target={target} limit={Number(limit)} checks={checks} />
  );
  return (
    <StartDialog
      title={title}
      help="They wait in a queue and go one after the other."
      summary={summary}
      onPage={setSummary}
      startLabel={`Migrate ${count(going.length, 'guest')}`}
      canStart={!checks.isAsking && going.length > 0}
      onStart={start}
      onClose={onClose}
    >
      <GuestBoxes guests={all} chosen={chosen} text={text} onText={setText} onToggle={toggle} onAll={pick} />
      <TargetPicker targets={targets} value={target} onChange={setTarget} />
      <div className={styles.pair}>
        <Select label="At once, in each cluster" choices={atOnce} value={limit} onChange={setLimit} />
        <Field
          label="Limit of each, in MiB/s"
          inputMode="decimal"
          placeholder="as the cluster has set"
          value={rate}
          onChange={(event) => setRate(event.target.value)}
          error={limitError(rate)}
        />
      </div>
    </StartDialog>
  );
}

/** The guests to choose from. All of a node that is to be emptied are chosen at first, none of a whole cluster. */
function useGuestChoice(clusterId: string, node: string | undefined) {
  const guests = useInventory((inventory) => inventory.guests);
  const [picked, pick] = useState<ReadonlySet<string> | undefined>(undefined);
  const all = useMemo(
    () =>
      [...guests.values()]
        .filter((guest) => guest.clusterId === clusterId && !guest.isTemplate && (!node || guest.node === node))
        .sort((a, b) => a.vmid - b.vmid),
    [guests, clusterId, node],
  );
  const chosen = picked ?? new Set(node ? all.map(({ id }) => id) : []);
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(chosen);
    if (isOn) next.add(id);
    else next.delete(id);
    pick(next);
  };
  return { all, chosen, pick, toggle };
}

function useTargets(clusterId: string, without: string | undefined) {
  const nodes = useInventory((inventory) => inventory.nodes);
  return [...nodes.values()]
    .filter((one) => one.clusterId === clusterId && one.name !== without)
    .map(({ name, state }) => ({
      node: name,
      isAllowed: state === 'online',
      ...(state !== 'online' && { reason: 'It does not answer.' }),
    }));
}

function GuestBoxes(props: {
  guests: readonly Guest[];
  chosen: ReadonlySet<string>;
  text: string;
  onText: (text: string) => void;
  onToggle: (id: string, isOn: boolean) => void;
  onAll: (ids: ReadonlySet<string>) => void;
}) {
  const { guests, chosen, text, onText, onToggle, onAll } = props;
  const low = text.toLowerCase();
  const fitting = guests.filter(({ name, vmid }) => name.toLowerCase().includes(low) || String(vmid).includes(low));
  const isAll = fitting.length > 0 && fitting.every(({ id }) => chosen.has(id));
  return (
    <fieldset className={styles.set}>
      <legend className={styles.legend}>
        Guests, {chosen.size} of {guests.length}
      </legend>
      {guests.length > 8 && (
        <Field
          label="Search the guests"
          icon="search"
          value={text}
          onChange={(event) => onText(event.target.value)}
          placeholder="Name or ID"
        />
      )}
      <div className={styles.targets}>
        <Check
          label="All of these"
          isOn={isAll}
          onChange={(isOn) => {
            const next = new Set(chosen);
            for (const { id } of fitting) {
              if (isOn) next.add(id);
              else next.delete(id);
            }
            onAll(next);
          }}
        />
        {fitting.slice(0, MOST_SHOWN).map((guest) => (
          <Check
            key={guest.id}
            label={`${guest.name} ${guest.vmid}, ${guest.state} on ${guest.node}`}
            isOn={chosen.has(guest.id)}
            onChange={(isOn) => onToggle(guest.id, isOn)}
          />
        ))}
        {fitting.length > MOST_SHOWN && <p className="dim">and {fitting.length - MOST_SHOWN} more: search for them</p>}
      </div>
    </fieldset>
  );
}
