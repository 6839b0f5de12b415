import { useConnection } from '../state/connection.ts';
import { Button } from '../widgets/Button.tsx';
import { Icon } from '../widgets/Icon.tsx';
import { useNow } from '../widgets/useNow.ts';
import styles from './LinkBanner.module.css';

/** After so many tries the person may have to do something. */
const TRIES_BEFORE_HINT = 3;

/** Says calmly, over the whole page, that page and engine lost each other. Nothing stands here otherwise. */
export function LinkBanner({ onTryNow }: { onTryNow: () => void }) {
  const { phase, attempt, nextTryAtMs, hello, isLate, error } = useConnection();
  const now = useNow(500, phase === 'lost');
  if (phase === 'ready' && isLate) return <LateBanner />;
  if (phase === 'ready' || phase === 'connecting') return null;
  if (phase === 'outdated') {
    return (
      <div className={styles.banner} role="alert">
        <Icon name="alert" size={14} className="warn" />
        <span className="grow">
          <b>This window is older than the engine.</b> Reload it to go on; open consoles are opened again.
        </span>
        <Button isSmall onClick={() => window.location.reload()}>
          Reload the window
        </Button>
      </div>
    );
  }
  const waitSeconds = nextTryAtMs === undefined ? 0 : Math.max(0, Math.ceil((nextTryAtMs - now) / 1000));
  const isUnknown = error?.code === 'session-expired';
  const isWeb = hello?.host !== 'utility';
  return (
    <div className={styles.banner} role="status">
      <Icon name="again" size={14} className="warn" spin={nextTryAtMs === undefined} />
      <span className="grow cut">
        <b>
          {isUnknown ? 'Sluice was started anew and does not know this window.' : 'Sluice’s engine does not answer.'}
        </b>{' '}
        {isUnknown
          ? 'Open the address it printed, in this browser; this window then goes on by itself.'
          : attempt > TRIES_BEFORE_HINT && isWeb
            ? 'If it was stopped, start it again and open the address it prints.'
            : 'Guests and tasks on the server go on; consoles come back by themselves.'}
      </span>
      <span className={styles.when}>
        {nextTryAtMs === undefined ? `Attempt ${attempt}` : `Next try in ${waitSeconds} s`}
      </span>
      <Button isSmall onClick={onTryNow} disabled={nextTryAtMs === undefined}>
        Try now
      </Button>
    </div>
  );
}

function LateBanner() {
  return (
    <div className={styles.banner} role="status">
      <Icon name="clock" size={14} className="warn" />
      <span className="grow cut">
        <b>Sluice’s engine is slow to answer.</b> This computer may be busy, or it was asleep. Nothing is lost.
      </span>
    </div>
  );
}
