import type { ComponentProps, ReactElement } from 'react';

import type { IconName } from './Icon.tsx';

export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  readonly icon?: IconName;
  readonly keys?: string;
  readonly isOff?: boolean;
  /** Off too, and says why: `needs VM.Console on /vms/100`. */
  readonly offBecause?: string | undefined;
  readonly isDanger?: boolean;
  /** Set for choices and switches. */
  readonly isOn?: boolean;
}
/** Groups are parted by a line; a group may have a heading. */
export interface MenuGroup {
  readonly heading?: string;
  readonly items: readonly MenuItem[];
}

export interface MenuButtonProps {
  readonly trigger: ReactElement<ComponentProps<'button'>>;
  /** Asked when it opens. */
  readonly groups: () => readonly MenuGroup[];
  readonly align?: 'start' | 'end';
  readonly side?: 'bottom' | 'right' | 'top';
}

export interface MenuAtProps {
  readonly rect: { x: number; y: number; width: number; height: number };
  readonly label: string;
  readonly groups: readonly MenuGroup[];
  readonly onClose: () => void;
}
