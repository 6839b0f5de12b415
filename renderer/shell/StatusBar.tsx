import { lazy, useMemo } from 'react';

import type { Cluster } from '../../shared/model/cluster.ts';
import { useClusters } from '../state/clusters.ts';
import { type Connection, useConnection } from '../state/connection.ts';
import { consoleById, useConsoles } from '../state/consoles.ts';
import { useGateways } from '../state/gateways.ts';
import { formatPart } from '../state/format.ts';
import { useMeters } from '../state/meters.ts';
import { releaseKeyName, useSettings } from '../state/settings.ts';
import { isConsoleTask, useTasks } from '../state/tasks.ts';
import { useTransfers } from '../state/transfers.ts';
import { openDialog, showBottom } from '../state/ui.ts';
import { showTasks } from '../views/monitor/taskPlaces.ts';
import { mend } from '../views/inventory/rowActions.ts';
import { targetName } from '../views/console/targetName.ts';
import { Icon } from '../widgets/Icon.tsx';
import { Kbd } from '../widgets/Kbd.tsx';
import { Meter } from '../widgets/Meter.tsx';
import { LateTrigger } from '../widgets/LateTrigger.tsx';
import styles from './StatusBar.module.css';

const HeldPopover = lazy(() => import('./HeldPopover.tsx'));

/** Clusters, tunnels, held bytes, tasks, and who has the keys. */
export function StatusBar() {
  return (
    <footer className={styles.status} aria-label="Status" data-area="status">
      <ClusterPart />
      <TunnelPart />
      <GatewayPart />
      <HeldPart />
      <TaskPart />
      <span className="grow" />
      <KeysPart />
    </footer>
  );
}

function ClusterPart() {
  const list = useClusters((clusters) => clusters.list);
  const phase = useConnection((connection) => connection.phase);
  const { text, isWarning } = clusterWords(list, phase);
  const broken = list.find((cluster) => cluster.state !== 'signed-in' && cluster.state !== 'connecting');
  const act = () => {
    if (list.length === 0) openDialog({ kind: 'sign-in' });
    else if (broken) mend(broken);
  };
  return (
    <button type="button" title="Sessions" className={isWarning ? styles.warn : ''} onClick={act}>
      <Icon name="cluster" size={14} />
      {text}
    </button>
  );
}

const stateWords: Record<Cluster['state'], (name: string) => string> = {
  'signed-in': (name) => `Signed in to ${name}`,
  connecting: (name) => `Connecting to ${name}`,
  'signed-out': (name) => `Signed out of ${name}`,
  unreachable: (name) => `${name} does not answer`,
  'certificate-changed': (name) => `Certificate of ${name} changed`,
};

function clusterWords(list: readonly Cluster[], phase: Connection['phase']): { text: string; isWarning: boolean } {
  if (phase === 'connecting') return { text: 'Connecting to the engine', isWarning: false };
  if (phase !== 'ready') return { text: 'No connection to the engine', isWarning: true };
  const isWarning = list.some(({ state }) => state === 'unreachable' || state === 'certificate-changed');
  const [only] = list;
  if (!only) return { text: 'No cluster yet', isWarning };
  if (list.length === 1) {
    const way = only.state === 'signed-in' && only.through ? ` through ${only.through}` : '';
    return { text: `${stateWords[only.state](only.name)}${way}`, isWarning };
  }
  const signedIn = list.filter((cluster) => cluster.state === 'signed-in').length;
  return { text: `${signedIn} of ${list.length} clusters signed in`, isWarning };
}

function TunnelPart() {
  const alive = useMeters(({ relays }) => relays.filter((relay) => relay.health !== 'dead').length);
  const lost = useConsoles(
    ({ byPanel }) => [...byPanel.values()].filter((one) => one.phase === 'lost' && one.waitsFor !== 'sign-in').length,
  );
  if (alive === 0 && lost === 0) return null;
  const tunnels = `${alive} ${alive === 1 ? 'tunnel' : 'tunnels'} alive`;
  return (
    <button type="button" className={lost > 0 ? styles.warn : ''} onClick={() => showBottom('relays')}>
      <span className={lost > 0 ? '' : 'ok'}>
        <Icon name={lost > 0 ? 'again' : 'pulse'} size={14} />
      </span>
      {lost > 0 ? `${tunnels}, ${lost} reconnecting` : tunnels}
    </button>
  );
}

function GatewayPart() {
  const list = useGateways((gateways) => gateways.list);
  const [first] = list;
  if (!first) return null;
  const act = () => openDialog({ kind: 'gateway', clusterId: first.clusterId });
  return (
    <button type="button" title="Doors through which programs reach the API of clusters" onClick={act}>
      <span className={list.some(({ allowsWrites }) => allowsWrites) ? 'warn' : 'ok'}>
        <Icon name="gate" size={14} />
      </span>
      {list.length} API {list.length === 1 ? 'gateway' : 'gateways'}
    </button>
  );
}

function HeldPart() {
  const held = useMeters((meters) => meters.heldBytes);
  const budget = useMeters((meters) => meters.budgetBytes);
  const text = `Held ${formatPart(held, budget)}`;
  return (
    <LateTrigger
      opens="dialog"
      trigger={
        <button type="button" title="Bytes held by all relays, of their common budget" aria-label={text}>
          <Icon name="gauge" size={14} />
          <span className={styles.held}>{text}</span>
          <span className={`${styles.meter} ${styles.wideOnly}`}>
            <Meter held={held} window={budget} hasNotch={false} />
          </span>
        </button>
      }
    >
      {(trigger) => <HeldPopover trigger={trigger} />}
    </LateTrigger>
  );
}

/** A failure stands here for this long, then only in the list. */
const RECENT_MS = 3_600_000;

/** Anew with every change of `_shape`. */
function recentFailures(_shape: number): number {
  const since = Date.now() - RECENT_MS;
  let failed = 0;
  for (const task of useTasks.getState().tasks.values()) {
    if (task.state === 'failed' && (task.endedAtMs ?? 0) > since && !isConsoleTask(task)) failed++;
  }
  return failed;
}

function TaskPart() {
  const running = useTasks((state) => state.running) + useTransfers((state) => state.running);
  const shape = useTasks((state) => state.shape);
  const failed = useMemo(() => recentFailures(shape), [shape]);
  return (
    <>
      {running > 0 && (
        <button type="button" className={styles.wideOnly} onClick={() => showTasks()}>
          <Icon name="moves" size={14} />
          {running} running
        </button>
      )}
      {failed > 0 && (
        <button type="button" className={styles.bad} onClick={() => showTasks()}>
          <Icon name="fail" size={14} />
          {failed} failed
        </button>
      )}
    </>
  );
}

function KeysPart() {
  const holder = useConsoles((consoles) => consoles.keyboardPanelId);
  const releaseKey = useSettings((settings) => settings.releaseKey);
  const state = holder === undefined ? undefined : consoleById(holder);
  const key = releaseKeyName(releaseKey);
  return (
    <button
      type="button"
      title={state ? `${key} gives the keyboard back to Sluice` : 'Keyboard map, F1'}
      onClick={() => openDialog({ kind: 'keys' })}
    >
      <Icon name="keys" size={14} />
      {state ? (
        <>
          Keys go to {targetName(state.target)} <Kbd keys={key} />
        </>
      ) : (
        'Keys go to Sluice'
      )}
    </button>
  );
}
