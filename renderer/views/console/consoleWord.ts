import type { RelayMeter } from '../../../shared/model/console.ts';
import type { ConsoleState } from '../../state/consoles.ts';
import type { IconName } from '../../widgets/iconShapes.tsx';

export interface ConsoleWord {
  readonly text: string;
  readonly color: 'ok' | 'warn' | 'bad' | 'mid' | 'dim' | 'info';
  /** In place of the icon of the view. */
  readonly icon?: IconName;
  readonly isBusy: boolean;
}

const still = (text: string, color: ConsoleWord['color'], icon?: IconName): ConsoleWord =>
  icon ? { text, color, icon, isBusy: false } : { text, color, isBusy: false };

/** A console's state as one word, a colour and a shape. */
export function consoleWord(state: ConsoleState | undefined, meter: RelayMeter | undefined): ConsoleWord {
  if (!state) return still('closed', 'dim');
  switch (state.phase) {
    case 'opening':
      if (state.waitsFor === 'sign-in') return still('signed out', 'dim', 'lock');
      return { text: 'opening', color: 'info', icon: 'ring', isBusy: true };
    case 'lost':
      if (state.waitsFor === 'sign-in') return still('signed out', 'warn', 'lock');
      return { text: 'reconnecting', color: 'warn', icon: 'again', isBusy: state.nextTryAtMs === undefined };
    case 'stopped':
      if (state.waitsFor === 'guest') return still('guest is not running', 'dim', 'square');
      return state.error ? still('lost', 'bad', 'fail') : still('ended', 'dim');
    case 'open':
      if (meter?.health === 'late' || meter?.health === 'dead') return still('no answer', 'warn');
      if (meter?.health === 'slow') return still('slow', 'warn');
      if (meter && (meter.down.isPaused || meter.up.isPaused)) return still('waits', 'mid');
      return still('alive', 'ok');
  }
}
