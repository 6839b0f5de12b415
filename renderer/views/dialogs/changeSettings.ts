import type { Settings } from '../../../shared/model/settings.ts';
import { call } from '../../api/engine.ts';
import { useSettings } from '../../state/settings.ts';
import { notifyFailure } from '../../state/toasts.ts';

/** Shows it at once and lets the engine keep it. */
export function changeSettings(part: Partial<Settings>): void {
  const before = useSettings.getState();
  const settings = { ...before, ...part };
  useSettings.setState(settings);
  call('settings.set', { settings }).catch((error: unknown) => {
    useSettings.setState(before);
    notifyFailure('The setting was not kept.', error);
  });
}
