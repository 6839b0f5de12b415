import { useEffect, useState } from 'react';

import { systemClock } from '../../../shared/base/clock.ts';
import { useCluster } from '../../state/clusters.ts';
import type { ConsoleState } from '../../state/consoles.ts';
import { currentDock } from '../../state/dock.ts';
import { formatFullTime } from '../../state/format.ts';
import { useGuest } from '../../state/inventory.ts';
import { useIsStarting } from '../../state/power.ts';
import { openDialog } from '../../state/ui.ts';
import { Button } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useNow } from '../../widgets/useNow.ts';
import { askPower } from '../guestActions.ts';
import { mend } from '../inventory/rowActions.ts';
import { cardWords } from './cardWords.ts';
import type { ConsoleController } from './consoleController.ts';
import styles from './StateCard.module.css';
import { Steps } from './Steps.tsx';

/** A console that opens faster than this needs no card. */
const PATIENCE_MS = 350;

interface CardProps {
  readonly controller: ConsoleController;
  readonly state: ConsoleState;
}

/** Over the stage: how far opening is, why it was lost, and what can be done. Nothing while the stream runs. */
export function StateCard({ controller, state }: CardProps) {
  const isDue = useAfter(PATIENCE_MS, state.phase === 'opening');
  if (state.phase === 'open') return null;
  if (state.phase === 'opening' && !isDue && !state.waitsFor) return null;
  return (
    <>
      {state.lostAtMs !== undefined && (
        <div className={styles.frozen}>
          <Icon name="clock" size={12} />
          Last {state.view === 'vnc' ? 'picture' : 'output'}, {formatFullTime(state.lostAtMs)}
        </div>
      )}
      <div className={styles.veil}>
        <Card controller={controller} state={state} />
      </div>
    </>
  );
}

function Card({ controller, state }: CardProps) {
  const { target } = state;
  const cluster = useCluster(target.clusterId);
  const guest = useGuest(target.kind === 'guest' ? `${target.clusterId}/${target.guestId}` : '');
  const isBeingStarted = useIsStarting(guest);
  const now = useNow(500, state.nextTryAtMs !== undefined);
  const words = cardWords(state, cluster, guest, now);
  return (
    <section className={styles.card} role="status" aria-label={words.title}>
      <div className={styles.top}>
        <span className={words.color}>
          <Icon name={words.icon} spin={words.isBusy} />
        </span>
        <div>
          <h2>{words.title}</h2>
          {words.text && <p>{words.text}</p>}
        </div>
      </div>
      {state.channel !== undefined && <Steps channel={state.channel} clusterName={cluster?.name ?? 'the cluster'} />}
      <div className={styles.actions}>
        {words.actions.includes('start') && guest && (
          <Button kind="primary" isSmall disabled={isBeingStarted} onClick={() => askPower(guest, 'start')}>
            {isBeingStarted ? 'Starting' : 'Start'} {guest.name}
          </Button>
        )}
        {words.actions.includes('sign-in') && cluster && (
          <Button kind="primary" isSmall onClick={() => mend(cluster)}>
            Sign in to {cluster.name}
          </Button>
        )}
        {words.actions.includes('compare') && cluster && (
          <Button kind="primary" isSmall onClick={() => mend(cluster)}>
            Compare certificates
          </Button>
        )}
        {words.actions.includes('address') && target.kind === 'endpoint' && (
          <Button
            kind={words.actions[0] === 'address' ? 'primary' : 'plain'}
            isSmall
            onClick={() => openDialog({ kind: 'address', address: target.address ?? '', view: target.view })}
          >
            Change address or password…
          </Button>
        )}
        {words.actions.includes('try') && (
          <Button kind={words.actions[0] === 'try' ? 'primary' : 'plain'} isSmall onClick={() => controller.tryNow()}>
            {state.phase === 'stopped' ? 'Open again' : 'Try now'}
          </Button>
        )}
        <span className="grow" />
        {words.actions.includes('stop') && (
          <Button kind="ghost" isSmall onClick={() => controller.stopTrying()}>
            Stop trying
          </Button>
        )}
        {words.actions.includes('close') && (
          <Button kind="ghost" isSmall onClick={() => currentDock()?.close(state.panelId)}>
            Close
          </Button>
        )}
      </div>
    </section>
  );
}

/** True once `ms` have passed while `isOn`. */
function useAfter(ms: number, isOn: boolean): boolean {
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    setDue(false);
    if (!isOn) return undefined;
    const timer = systemClock.timer(ms, () => setDue(true));
    return () => timer.dispose();
  }, [ms, isOn]);
  return isDue;
}
