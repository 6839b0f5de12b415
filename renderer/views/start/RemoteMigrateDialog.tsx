import { useState } from 'react';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { RemoteMigrationOptions, RemoteMigrationRequest } from '../../../shared/model/transfer.ts';
import { call } from '../../api/engine.ts';
import { clusterById, useClusters } from '../../state/clusters.ts';
import { openPage } from '../../state/dock.ts';
import { formatBytes } from '../../state/format.ts';
import { useGuest } from '../../state/inventory.ts';
import { setMonitor } from '../../state/monitor.ts';
import { taskKey } from '../../state/tasks.ts';
import { Check, Field, Segments } from '../../widgets/Field.tsx';
import { Select } from '../../widgets/Select.tsx';
import { BridgeFields, type BridgeForm, bridgeOf, firstBridge } from './BridgeFields.tsx';
import { MapFields } from './MapFields.tsx';
import { limitError, limitKib } from './rateLimit.ts';
import { remoteSteps } from './remoteSteps.ts';
import { StartDialog } from './StartDialog.tsx';
import { Asking, Failure, Problems, Steps } from './StartParts.tsx';
import styles from './start.module.css';
import { useAnswer } from './useAnswer.ts';

interface Form {
  readonly targetClusterId: string | undefined;
  readonly vmid: string;
  readonly storages: Readonly<Record<string, string>>;
  readonly bridges: Readonly<Record<string, string>>;
  readonly deletesSource: boolean;
  readonly isOnline: boolean;
  readonly limit: string;
  readonly token: 'make' | 'given';
  readonly tokenId: string;
  readonly secret: string;
  readonly bridge: BridgeForm | undefined;
}

/** Moves a guest to another cluster that we are signed in to. */
export default function RemoteMigrateDialog({ guestKey, onClose }: { guestKey: string; onClose: () => void }) {
  const guest = useGuest(guestKey);
  if (!guest) return null;
  return <RemoteMigrate guest={guest} onClose={onClose} />;
}

function RemoteMigrate({ guest, onClose }: { guest: Guest; onClose: () => void }) {
  const others = useClusters(({ list }) => list).filter(
    ({ id, product, state }) => id !== guest.clusterId && product === 'pve' && state === 'signed-in',
  );
  const [form, setForm] = useState<Form>({
    ...{ targetClusterId: others[0]?.id, vmid: '', storages: {}, bridges: {} },
    ...{ deletesSource: false, isOnline: guest.state === 'running', limit: '' },
    ...{ token: 'make', tokenId: '', secret: '', bridge: undefined },
  });
  const change = (part: Partial<Form>) => setForm((before) => ({ ...before, ...part }));
  const { targetClusterId } = form;
  const ask = { clusterId: guest.clusterId, guestId: guest.id, targetClusterId: targetClusterId ?? '' };
  const {
    value: options,
    error,
    isAsking,
  } = useAnswer('transfer.migrationOptions', targetClusterId === undefined ? undefined : ask);
  const request = options && requestOf(guest, form, options);
  const name = guest.name;

  const start = async () => {
    if (!request) return;
    const { upid } = await call('transfer.migrate', request);
    onClose();
    setMonitor({ selected: taskKey(guest.clusterId, upid) });
    openPage('monitor');
  };
  const canGoOn = !isAsking && limitError(form.limit) === undefined;
  const summary = canGoOn && request && options && (
    <Steps steps={remoteSteps(name, request, options, clusterById(request.targetClusterId)?.name ?? 'the target')} />
  );
  return (
    <StartDialog
      title={`Migrate ${name} to another cluster`}
      help="Both clusters have to be signed in to."
      summary={summary}
      startLabel="Start the migration"
      onStart={start}
      onClose={onClose}
    >
      {others.length === 0 && (
        <p className="warn">You are signed in to no other cluster. Sign in to the target first.</p>
      )}
      {others.length > 0 && (
        <Select
          label="Target cluster"
          choices={others.map(({ id, name }) => ({ value: id, label: name }))}
          value={targetClusterId ?? ''}
          onChange={(id) => change({ targetClusterId: id, storages: {}, bridges: {}, bridge: undefined })}
        />
      )}
      {isAsking && !options && targetClusterId && <Asking what="Asking both clusters what has to be known." />}
      <Failure error={error} />
      {options && <RemoteFields form={form} change={change} options={options} />}
    </StartDialog>
  );
}

function RemoteFields(props: { form: Form; change: (part: Partial<Form>) => void; options: RemoteMigrationOptions }) {
  const { form, change, options } = props;
  const { storages, bridges } = mapsOf(form, options);
  return (
    <>
      <Problems problems={options.obstacles} />
      <MapFields
        title="Storages"
        from={options.sourceStorages}
        choices={options.targetStorages.map(({ storage, availableBytes }) => ({
          value: storage,
          label: storage,
          hint: availableBytes === undefined ? undefined : `${formatBytes(availableBytes)} free`,
        }))}
        map={storages}
        onChange={(from, to) => change({ storages: { ...storages, [from]: to } })}
      />
      <MapFields
        title="Network bridges"
        from={options.sourceBridges}
        choices={options.targetBridges.map((value) => ({ value, label: value }))}
        map={bridges}
        onChange={(from, to) => change({ bridges: { ...bridges, [from]: to } })}
      />
      <div className={styles.pair}>
        <Field
          label="Number there"
          inputMode="numeric"
          placeholder={String(options.targetVmid)}
          value={form.vmid}
          onChange={(event) => change({ vmid: event.target.value })}
          error={form.vmid !== '' && !vmidOf(form.vmid) ? 'A number from 100 on.' : undefined}
        />
        <Field
          label="Limit in MiB/s"
          inputMode="decimal"
          placeholder="as the clusters have set"
          value={form.limit}
          onChange={(event) => change({ limit: event.target.value })}
          error={limitError(form.limit)}
        />
      </div>
      {options.isRunning && (
        <Check label="Keep it running meanwhile" isOn={form.isOnline} onChange={(isOnline) => change({ isOnline })} />
      )}
      <Check
        label="Remove it here once it runs there"
        isOn={form.deletesSource}
        onChange={(deletesSource) => change({ deletesSource })}
      />
      <TokenFields form={form} change={change} />
      <BridgeFields
        value={form.bridge}
        options={options}
        onChange={(bridge) => change({ bridge })}
        first={() => firstBridge(options)}
      />
    </>
  );
}

function TokenFields({ form, change }: { form: Form; change: (part: Partial<Form>) => void }) {
  return (
    <>
      <Segments
        label="Token for the target"
        choices={[
          { value: 'make', label: 'Make a token for it' },
          { value: 'given', label: 'Use a token of mine' },
        ]}
        value={form.token}
        onChange={(token) => change({ token })}
      />
      {form.token === 'make' ? (
        <p className="dim">
          The source cluster signs in to the target with a token. It is removed when the migration is over.
        </p>
      ) : (
        <div className={styles.pair}>
          <Field
            label="Token ID"
            placeholder="ada@pve!move"
            value={form.tokenId}
            onChange={(event) => change({ tokenId: event.target.value })}
          />
          <Field
            label="Secret"
            type="password"
            autoComplete="off"
            value={form.secret}
            onChange={(event) => change({ secret: event.target.value })}
          />
        </div>
      )}
    </>
  );
}

const vmidOf = (text: string): number | undefined => {
  const vmid = Number(text);
  return Number.isInteger(vmid) && vmid >= 100 && vmid <= 999_999_999 ? vmid : undefined;
};

/** What was chosen, and for the rest what is called the same there, or the first. */
function mapsOf(form: Form, options: RemoteMigrationOptions) {
  const fill = (from: readonly string[], to: readonly string[], chosen: Readonly<Record<string, string>>) =>
    Object.fromEntries(from.map((one) => [one, chosen[one] ?? (to.includes(one) ? one : (to[0] ?? ''))]));
  const targets = options.targetStorages.map(({ storage }) => storage);
  return {
    storages: fill(options.sourceStorages, targets, form.storages),
    bridges: fill(options.sourceBridges, options.targetBridges, form.bridges),
  };
}

/** Undefined while something is missing. */
function requestOf(guest: Guest, form: Form, options: RemoteMigrationOptions): RemoteMigrationRequest | undefined {
  const { targetClusterId, token, tokenId, secret } = form;
  const { storages, bridges } = mapsOf(form, options);
  const pairs = (map: Record<string, string>) => Object.entries(map).map(([from, to]) => ({ from, to }));
  const isMapped = [...Object.values(storages), ...Object.values(bridges)].every((to) => to !== '');
  const vmid = form.vmid === '' ? options.targetVmid : vmidOf(form.vmid);
  const bridge = form.bridge && bridgeOf(form.bridge);
  const limitKibPerSecond = limitKib(form.limit);
  if (targetClusterId === undefined || !isMapped || vmid === undefined) return undefined;
  if (token === 'given' && (!/^[^@\s]+@[^!\s]+![^\s]+$/.test(tokenId) || secret === '')) return undefined;
  if (form.bridge && !bridge) return undefined;
  const anyStorage = { from: '*', to: options.targetStorages[0]?.storage ?? '' };
  const anyBridge = { from: '*', to: options.targetBridges[0] ?? '' };
  if (pairs(storages).length === 0 && anyStorage.to === '') return undefined;
  if (pairs(bridges).length === 0 && anyBridge.to === '') return undefined;
  return {
    ...{ clusterId: guest.clusterId, guestId: guest.id, targetClusterId, targetVmid: vmid },
    storages: pairs(storages).length > 0 ? pairs(storages) : [anyStorage],
    bridges: pairs(bridges).length > 0 ? pairs(bridges) : [anyBridge],
    ...{ isOnline: options.isRunning && form.isOnline, deletesSource: form.deletesSource },
    ...(limitKibPerSecond !== undefined && { limitKibPerSecond }),
    token: token === 'make' ? { kind: 'make' } : { kind: 'given', tokenId, secret },
    ...(bridge && { bridge }),
  };
}
