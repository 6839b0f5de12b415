import type { UpdateState } from '../../../shared/wire/shellUpdate.ts';
import { shell } from '../../link/shell.ts';
import { useSettings } from '../../state/settings.ts';
import { notify } from '../../state/toasts.ts';
import { takeUpdate, updateWords } from '../../state/updates.ts';

/** Takes what the shell tells of new versions, and tells the person once what they may want to do. */
export function followUpdates(): void {
  const bridge = shell();
  if (!bridge) return;
  const told = new Set<string>();
  bridge.onUpdate((state) => {
    const update = takeUpdate(state);
    const wish = update && wishOf(update);
    if (!update || !wish || told.has(wish.key)) return;
    told.add(wish.key);
    notify({ kind: 'info', text: updateWords(update), ...(wish.action && { action: wish.action }) });
  });
}

/** What is fetched without being asked is told when it is ready. */
function wishOf({ installs, phase }: UpdateState) {
  if (phase.kind !== 'ready' && phase.kind !== 'available') return undefined;
  const key = `${phase.kind} ${phase.version}`;
  if (phase.kind === 'ready') {
    return { key, action: { label: 'Restart now', run: () => shell()?.update('install') } };
  }
  if (installs !== 'self') return { key };
  const { updates = 'install' } = useSettings.getState();
  if (updates === 'install') return undefined;
  return { key, action: { label: 'Download', run: () => shell()?.update('download') } };
}
