import { AppError } from '../../shared/base/errors.ts';
import type { Guest } from '../../shared/model/inventory.ts';
import type { ViewerProtocol } from '../../shared/model/viewer.ts';
import { call } from '../api/engine.ts';
import { targetOf } from '../state/dock.ts';
import { displaysOf } from '../state/displays.ts';
import { whyNoConsole } from '../state/privileges.ts';
import { notify, notifyFailure } from '../state/toasts.ts';
import { openDialog } from '../state/ui.ts';
import type { MenuItem } from '../widgets/Menu.tsx';

const words: Record<ViewerProtocol, string> = { spice: 'SPICE', vnc: 'VNC' };

const opening = new Set<string>();

/** Opens a guest in a viewer of another program, and says how that went. */
export async function openInViewer(guest: Guest, protocol: ViewerProtocol, viewerId?: string): Promise<void> {
  const { clusterId, id: guestId, name } = guest;
  const key = `${clusterId}/${guestId}/${protocol}`;
  if (opening.has(key)) return; // a second ticket would make the first one's password wrong
  opening.add(key);
  notify({ kind: 'info', text: `Opening ${name} in a ${words[protocol]} viewer.` });
  try {
    const wish = { clusterId, guestId, protocol, ...(viewerId === undefined ? {} : { viewerId }) };
    const { viewer } = await call('viewer.open', wish);
    notify({ kind: 'done', text: `${name} is open in ${viewer}.` });
  } catch (error) {
    explain(guest, protocol, AppError.from(error));
  } finally {
    opening.delete(key);
  }
}

function explain(guest: Guest, protocol: ViewerProtocol, error: AppError): void {
  if (error.code === 'not-found' && error.detail?.['missing'] === 'viewer') {
    return openDialog({ kind: 'no-viewer', protocol, guestKey: `${guest.clusterId}/${guest.id}` });
  }
  const action =
    error.code === 'no-console' && protocol === 'spice'
      ? { label: 'Open in VNC viewer', run: () => void openInViewer(guest, 'vnc') }
      : { label: 'Try again', run: () => void openInViewer(guest, protocol) };
  notifyFailure(`${guest.name} was not opened in a ${words[protocol]} viewer.`, error, action);
}

/** What of it a guest offers. While its server has not said whether there is SPICE, `guessesSpice` decides. */
export function viewerItems(guest: Guest, guessesSpice = false): MenuItem[] {
  if (guest.state !== 'running' || guest.remote !== undefined) return [];
  const displays = displaysOf(guest);
  const hasSpice = displays?.spice ?? (guessesSpice && guest.type === 'qemu');
  const offBecause = whyNoConsole(targetOf(guest));
  const spice: MenuItem = {
    label: 'Open in SPICE viewer',
    icon: 'outside',
    offBecause,
    run: () => void openInViewer(guest, 'spice'),
  };
  const vnc: MenuItem = {
    label: 'Open in VNC viewer',
    icon: 'outside',
    offBecause,
    run: () => void openInViewer(guest, 'vnc'),
  };
  return [...(hasSpice ? [spice] : []), ...(displays?.vnc === false ? [] : [vnc])];
}
