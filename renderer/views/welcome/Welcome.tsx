import { useState } from 'react';

import { call } from '../../api/engine.ts';
import { shell } from '../../link/shell.ts';
import { useConnection } from '../../state/connection.ts';
import { formatBytes } from '../../state/format.ts';
import { useMeters } from '../../state/meters.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { Brand } from '../../widgets/Brand.tsx';
import { Icon, type IconName } from '../../widgets/Icon.tsx';
import { Kbd } from '../../widgets/Kbd.tsx';
import { paintMark } from '../../widgets/paintMark.ts';
import { hasDemo } from '../hasDemo.ts';
import styles from './Welcome.module.css';

/** What a person without a cluster sees. */
export function Welcome() {
  const isDemoThere = useConnection(hasDemo);
  const budget = useMeters((meters) => meters.budgetBytes);
  const [isStarting, setStarting] = useState(false);
  const startDemo = async () => {
    setStarting(true);
    try {
      await call('demo.open', {});
    } catch (error) {
      notifyFailure('The demo cluster did not start.', error);
      setStarting(false);
    }
  };
  return (
    <section className={styles.welcome} aria-label="Welcome">
      <div className={styles.inner}>
        <div className={styles.hero}>
          <Brand sizePx={72} />
          <div>
            <h2 {...paintMark('usable')}>Open your first console</h2>
            <p>
              Sluice shows the screens and shells of your guests, and follows migrations, backups and uploads to their
              end.
            </p>
          </div>
        </div>
        <div className={styles.options}>
          <Option
            isFirst
            icon="cluster"
            title="Add a cluster"
            text="Sign in to Proxmox VE, Backup Server or Datacenter Manager. You check the certificate once."
            keys={shell() ? 'Ctrl N' : undefined}
            onClick={() => openDialog({ kind: 'sign-in' })}
          />
          <Option
            icon="outside"
            title="Open an address"
            text="A VNC or SPICE screen, a serial port or a WebSocket of its own, without a cluster."
            onClick={() => openDialog({ kind: 'address' })}
          />
          {isDemoThere && (
            <Option
              icon="flask"
              title={isStarting ? 'Starting the demo cluster' : 'Try the demo cluster'}
              text="Runs inside Sluice with a few small guests. Needs no server and no account."
              isBusy={isStarting}
              onClick={() => void startDemo()}
            />
          )}
        </div>
        <div className={styles.hints}>
          <span>
            <Kbd keys="Ctrl K" />
            Every command
          </span>
          <span>
            <Kbd keys="F1" />
            Keyboard map
          </span>
          <span>
            <Icon name="gauge" size={14} />
            Relays hold at most {formatBytes(budget)}, metered below
          </span>
        </div>
      </div>
    </section>
  );
}

function Option(props: {
  icon: IconName;
  title: string;
  text: string;
  keys?: string | undefined;
  isFirst?: boolean;
  isBusy?: boolean;
  onClick: () => void;
}) {
  const { icon, title, text, keys, isFirst = false, isBusy = false, onClick } = props;
  return (
    <button
      type="button"
      className={`${styles.option} ${isFirst ? styles.first : ''}`}
      disabled={isBusy}
      onClick={onClick}
    >
      <span className={styles.glyph}>
        <Icon name={isBusy ? 'ring' : icon} spin={isBusy} />
      </span>
      <span className="grow">
        <b>{title}</b>
        <span className="mid">{text}</span>
      </span>
      {keys && <Kbd keys={keys} />}
    </button>
  );
}
