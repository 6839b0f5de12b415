import type { IconName } from '../../widgets/iconShapes.tsx';
import type { Match } from './match.ts';

export interface Entry {
  readonly id: string;
  readonly group: 'Commands' | 'Guests' | 'Tasks' | 'Actions';
  readonly icon: IconName;
  readonly iconColor?: string | undefined;
  readonly title: string;
  readonly sub?: string | undefined;
  readonly keys?: string | undefined;
  readonly state?: { readonly word: string; readonly icon?: IconName; readonly color: string } | undefined;
  readonly run: () => void;
  /** Other things to do with it, for Tab. */
  readonly others?: (() => readonly Entry[]) | undefined;
}
export interface Found extends Entry {
  readonly match: Match;
}
