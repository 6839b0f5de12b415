import { useState } from 'react';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { MigrateOptions, MigratePlan } from '../../../shared/model/migration.ts';
import { call } from '../../api/engine.ts';
import { formatBytes } from '../../state/format.ts';
import { useGuest } from '../../state/inventory.ts';
import { taskKey } from '../../state/tasks.ts';
import { showStarted } from '../monitor/taskPlaces.ts';
import { Field } from '../../widgets/Field.tsx';
import { MapFields } from './MapFields.tsx';
import { migrateSteps } from './migrateSteps.ts';
import { limitError, limitKib } from './rateLimit.ts';
import { StartDialog } from './StartDialog.tsx';
import { Asking, Failure, Problems, Steps } from './StartParts.tsx';
import { TargetPicker } from './TargetPicker.tsx';
import { useAnswer } from './useAnswer.ts';

/** Moves a guest to another node of its cluster: choose, read what will happen, start. */
export default function MigrateDialog({ guestKey, onClose }: { guestKey: string; onClose: () => void }) {
  const guest = useGuest(guestKey);
  if (!guest) return null;
  return <Migrate guest={guest} onClose={onClose} />;
}

function Migrate({ guest, onClose }: { guest: Guest; onClose: () => void }) {
  const { clusterId, id: guestId, name } = guest;
  const [target, setTarget] = useState<string | undefined>(undefined);
  const [map, setMap] = useState<Readonly<Record<string, string>>>({});
  const [limit, setLimit] = useState('');
  const params = { clusterId, guestId, ...(target !== undefined && { target }) };
  const { value: options, error, isAsking } = useAnswer('guest.migrateOptions', params, hasProblems);

  const sources = [...new Set(options?.localDisks.map((disk) => disk.storage) ?? [])];
  const full = Object.fromEntries(sources.map((source) => [source, map[source] ?? usual(source, options)]));
  const hasMap = sources.every((source) => full[source] !== undefined && full[source] !== '');
  const canGoOn = options?.problems.length === 0 && hasMap && !isAsking && limitError(limit) === undefined;

  const start = async () => {
    if (target === undefined) return;
    const kib = limitKib(limit);
    const plan: MigratePlan = {
      target,
      ...(sources.length > 0 && { storageMap: full as Record<string, string> }),
      ...(kib !== undefined && { limitKibPerSecond: kib }),
    };
    const { upid } = await call('guest.migrate', { clusterId, guestId, plan });
    onClose();
    showStarted(taskKey(clusterId, upid));
  };
  const summary = canGoOn && target !== undefined && (
    <Steps steps={migrateSteps(name, target, options, full as Record<string, string>, limitKib(limit))} />
  );
  return (
    <StartDialog
      title={`Migrate ${name}`}
      help={`From ${guest.node} to another node of its cluster.`}
      summary={summary}
      startLabel="Start the migration"
      onStart={start}
      onClose={onClose}
    >
      {!options && isAsking && <Asking what={`Asking ${guest.node} what has to be known.`} />}
      <Failure error={error} />
      {options && (
        <>
          <Problems problems={[...options.problems, ...resources(options)]} />
          <TargetPicker targets={options.targets} value={target} onChange={setTarget} />
          {target !== undefined && sources.length > 0 && (
            <MapFields
              title={`Its local disks are copied to ${target}`}
              from={sources}
              choices={choicesOf(options)}
              map={full as Record<string, string>}
              onChange={(from, to) => setMap({ ...map, [from]: to })}
            />
          )}
          <Field
            label="Limit in MiB/s"
            inputMode="decimal"
            placeholder="as the cluster has set"
            value={limit}
            onChange={(event) => setLimit(event.target.value)}
            error={limitError(limit)}
          />
        </>
      )}
    </StartDialog>
  );
}

const hasProblems = ({ problems }: MigrateOptions) => problems.length > 0;

/** The storage of the same name where the target has it, else the roomiest. */
function usual(source: string, options: MigrateOptions | undefined): string | undefined {
  const storages = options?.storages ?? [];
  if (storages.some(({ name }) => name === source)) return source;
  return [...storages].sort((a, b) => (b.availableBytes ?? 0) - (a.availableBytes ?? 0))[0]?.name;
}

const choicesOf = ({ storages }: MigrateOptions) =>
  storages.map(({ name, type, availableBytes }) => ({
    value: name,
    label: name,
    hint: availableBytes === undefined ? type : `${formatBytes(availableBytes)} free`,
  }));

function resources({ localResources, isRunning }: MigrateOptions): string[] {
  if (localResources.length === 0) return [];
  const names = localResources.join(', ');
  return isRunning
    ? [`${names} belong to this node. Shut the guest down first, or take them away.`]
    : [`${names} belong to this node and will be missing on the other.`];
}
