import { useEffect } from 'react';
import { createPortal } from 'react-dom';

import { type PopOut, usePopOuts } from '../../state/popOuts.ts';
import { CrashGuard } from '../../shell/CrashGuard.tsx';
import { PortalHomeProvider } from '../../widgets/portalHome.ts';
import { keepPopOuts } from './popOutActions.ts';
import { PopOutFrame } from './PopOutFrame.tsx';

/** The windows of single consoles, drawn by this page. */
export default function PopOuts() {
  const list = usePopOuts((popOuts) => popOuts.list);
  useEffect(keepPopOuts, []);
  return list.map((popOut) => <PopOutWindow key={`${popOut.panelId} ${popOut.isSpanning ?? false}`} popOut={popOut} />);
}

function PopOutWindow({ popOut }: { popOut: PopOut }) {
  const { document } = popOut.window;
  return createPortal(
    <PortalHomeProvider value={document.body}>
      <CrashGuard what="The console">
        <PopOutFrame popOut={popOut} />
      </CrashGuard>
    </PortalHomeProvider>,
    document.getElementById('root') ?? document.body,
  );
}
