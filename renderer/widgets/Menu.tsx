import { lazy, Suspense } from 'react';

import { LateTrigger } from './LateTrigger.tsx';
import type { MenuAtProps, MenuButtonProps } from './menuGroup.ts';

export type { MenuGroup, MenuItem } from './menuGroup.ts';

export const loadMenus = () => import('./MenuPopup.tsx');
const ButtonMenu = lazy(async () => ({ default: (await loadMenus()).ButtonMenu }));
const PlacedMenu = lazy(async () => ({ default: (await loadMenus()).PlacedMenu }));

/** A button with a menu. */
export const MenuButton = (props: MenuButtonProps) => (
  <LateTrigger trigger={props.trigger} opens="menu">
    {(trigger) => <ButtonMenu {...props} trigger={trigger} />}
  </LateTrigger>
);

/** A menu at a place of the window, such as a right-clicked row. */
export const MenuAt = (props: MenuAtProps) => (
  <Suspense fallback={null}>
    <PlacedMenu {...props} />
  </Suspense>
);
