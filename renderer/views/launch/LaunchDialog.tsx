import { useEffect, useRef } from 'react';

import type { Launch } from '../../../shared/model/launch.ts';
import { call } from '../../api/engine.ts';
import { useCluster } from '../../state/clusters.ts';
import { putAway, useLaunches } from '../../state/launches.ts';
import { note } from '../../state/log.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { openLaunch } from './openLaunch.ts';
import styles from './LaunchDialog.module.css';

/** Says where a link or a connection file leads, before anything is connected. */
export default function LaunchDialog({ launchId, onClose }: { launchId: string; onClose: () => void }) {
  const launch = useLaunches(({ list }) => list.find(({ id }) => id === launchId));
  const first = useRef<HTMLButtonElement>(null);
  // Another window answered, or it waited too long.
  useEffect(() => {
    if (!launch) onClose();
  }, [launch, onClose]);
  if (!launch) return null;
  const isRefused = launch.what.kind === 'refused';
  const handleAway = () => {
    onClose();
    putAway(launchId);
    call('launch.dismiss', { launchId }).catch(() => note('A link or file was not put away; it is gone by itself.'));
  };
  const handleOpen = () => {
    onClose();
    void openLaunch(launch);
  };
  const footer = (
    <>
      <span className="grow" />
      <Button ref={first} onClick={handleAway}>
        {isRefused ? 'Close' : 'Cancel'}
      </Button>
      {!isRefused && (
        <Button kind="primary" onClick={handleOpen}>
          Open console
        </Button>
      )}
    </>
  );
  return (
    <Dialog title={titleOf(launch)} help={helpOf(launch)} onClose={handleAway} footer={footer} first={first} isAlert>
      <Target launch={launch} />
    </Dialog>
  );
}

function titleOf({ from, what }: Launch): string {
  if (what.kind === 'refused') return from === 'link' ? 'This link was not opened' : 'This file was not opened';
  return 'Open this console?';
}

function helpOf({ from, what }: Launch): string {
  if (what.kind === 'refused') return 'Nothing was connected.';
  const asked = from === 'link' ? 'A link outside of Sluice asks for it' : 'A connection file asks for it';
  return `${asked}. Nothing was connected yet; open it only where you expected that.`;
}

function Target({ launch: { what } }: { launch: Launch }) {
  if (what.kind === 'refused') return <p className={styles.reason}>{what.message}</p>;
  if (what.kind === 'guest') return <GuestTarget {...what} />;
  const protocol = what.protocol === 'vnc' ? 'VNC' : 'SPICE, in a viewer of its own';
  return (
    <dl className={styles.facts}>
      {what.title && <Fact name="Its title" value={what.title} />}
      <Fact name="Leads to" value={what.address} isExact />
      {what.via && <Fact name="By way of" value={what.via} isExact />}
      <Fact name="Speaks" value={protocol} />
      <Fact name="On the way" value={what.isEncrypted ? 'encrypted' : 'readable for others on the same network'} />
    </dl>
  );
}

const views = { vnc: 'Screen', terminal: 'Terminal', spice: 'Screen, in a SPICE viewer' };

function GuestTarget({ clusterId, guest, view }: Extract<Launch['what'], { kind: 'guest' }>) {
  const cluster = useCluster(clusterId);
  const isSignedIn = cluster?.state === 'signed-in';
  return (
    <dl className={styles.facts}>
      <Fact name="Guest" value={guest} isExact />
      <Fact name="Cluster" value={cluster?.name ?? ''} />
      <Fact name="Address" value={cluster?.address ?? ''} isExact />
      {view && <Fact name="View" value={views[view]} />}
      {!isSignedIn && <Fact name="Before that" value="Sluice signs in to the cluster, as you always do." />}
    </dl>
  );
}

function Fact({ name, value, isExact }: { name: string; value: string; isExact?: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={isExact ? styles.exact : ''}>{value}</dd>
    </>
  );
}
