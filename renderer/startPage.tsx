import './styles/tokens.css';
import './styles/base.css';

import { CSPProvider } from '@base-ui/react/csp-provider';
import { createRoot } from 'react-dom/client';

import type { Clock } from '../shared/base/clock.ts';
import type { PagePeer } from '../shared/wire/peer.ts';
import { followNativeMenus } from './commands/nativeMenus.ts';
import { EngineConnection } from './link/connection.ts';
import { shell } from './link/shell.ts';
import { afterFirstPicture, awaitFirstPicture } from './state/firstPicture.ts';
import { keepSeen, showLastSeen } from './state/lastSeen.ts';
import { onPresence } from './state/presence.ts';
import { setNoticeListener } from './state/notices.ts';
import { followUpdates } from './views/notices/followUpdates.ts';
import { followWork, showNotice } from './views/notices/tellPerson.ts';
import { App } from './shell/App.tsx';
import { warmDialogs } from './shell/Dialogs.tsx';
import { loadMenus } from './widgets/Menu.tsx';
import { CrashGuard } from './shell/CrashGuard.tsx';

export interface PageOptions {
  readonly clock: Clock;
  readonly connect: () => Promise<PagePeer>;
}

const showShellTheme = (theme: 'system' | 'light' | 'dark') => shell()?.setTheme(theme);

/** Puts the page into `#root` and joins it to an engine. */
export function startPage(options: PageOptions): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('There is no #root.');
  showLastSeen();
  const connection = new EngineConnection(options);
  // Not in StrictMode: the dock cannot be mounted twice at once.
  createRoot(root).render(
    <CSPProvider disableStyleElements>
      <CrashGuard what="This window">
        <App onTryNow={connection.tryNow} onTheme={showShellTheme} />
      </CrashGuard>
    </CSPProvider>,
  );
  // Nothing of the first picture comes from the engine, and nothing of it waits for the engine.
  awaitFirstPicture(options.clock);
  afterFirstPicture(() => join(connection, options.clock));
}

function join(connection: EngineConnection, clock: Clock): void {
  connection.start();
  setNoticeListener(showNotice);
  followWork();
  followUpdates();
  followNativeMenus();
  keepSeen(clock);
  onPresence(() => void Promise.all([warmDialogs(), loadMenus()])); // opens at once then
  // A hidden window's timers come late, and a machine that slept had no network: nobody waits for them to run out.
  window.addEventListener('online', connection.handleOnline);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connection.tryNow();
  });
}
