import { useEffect } from 'react';

import { shell } from '../../link/shell.ts';
import { rowKeyOf, useConsole, useConsoles } from '../../state/consoles.ts';
import { useGuest } from '../../state/inventory.ts';
import { useChannelMeter } from '../../state/meters.ts';
import { type PopOut, usePopOuts } from '../../state/popOuts.ts';
import { MenuOfWindow } from '../../shell/TitleBar.tsx';
import { listenForShortcuts } from '../../shell/useShortcuts.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { ConsoleStage } from '../console/ConsolePanel.tsx';
import { consoleWord } from '../console/consoleWord.ts';
import { targetName } from '../console/targetName.ts';
import styles from './PopOutFrame.module.css';
import { putBack } from './popOutActions.ts';

/** All of a console's own window: a strip to drag it by, and the console. */
export function PopOutFrame({ popOut: { panelId, params, window: own, isSpanning = false } }: { popOut: PopOut }) {
  const guest = useGuest(rowKeyOf(params.target));
  const name = guest?.name ?? targetName(params.target);
  const what = params.view === 'vnc' ? 'screen' : 'terminal';
  useEffect(() => {
    own.document.title = `${name} · ${what} · Sluice`;
  }, [own, name, what]);
  useEffect(() => {
    const handleFocus = () => {
      usePopOuts.setState({ frontPanelId: panelId });
      useConsoles.setState({ activePanelId: panelId });
    };
    own.addEventListener('focus', handleFocus);
    if (own.document.hasFocus()) handleFocus();
    const stop = listenForShortcuts(own);
    return () => {
      stop();
      own.removeEventListener('focus', handleFocus);
    };
  }, [own, panelId]);
  return (
    <div className={styles.frame}>
      <header
        hidden={isSpanning}
        tabIndex={-1}
        data-area-focus=""
        className={`${styles.strip} ${styles[shell()?.platform ?? 'browser'] ?? ''}`}
      >
        <MenuOfWindow />
        <Sign panelId={panelId} view={params.view} />
        <h1 className="cut">{name}</h1>
        <span className="dim cut">{guest ? `${guest.vmid} on ${guest.node}` : ''}</span>
        <span className="grow" />
        <IconButton icon="putBack" label="Put back into the main window" onClick={() => putBack(panelId)} />
      </header>
      <main className={styles.stage}>
        <ConsoleStage params={params} isBare={isSpanning} />
      </main>
    </div>
  );
}

function Sign({ panelId, view }: { panelId: string; view: 'vnc' | 'terminal' }) {
  const state = useConsole(panelId);
  const word = consoleWord(state, useChannelMeter(state?.channel));
  return (
    <span className={word.color} role="img" aria-label={word.text} title={word.text}>
      <Icon name={word.icon ?? (view === 'vnc' ? 'vm' : 'terminal')} size={14} spin={word.isBusy} />
    </span>
  );
}
