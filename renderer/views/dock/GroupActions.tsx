import type { IDockviewHeaderActionsProps } from 'dockview-react';

import { openDialog } from '../../state/ui.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { MenuButton, type MenuGroup } from '../../widgets/Menu.tsx';
import styles from './GroupActions.module.css';
import { splitOrPick } from './tabMenu.ts';

/** Right of a group's tabs. */
export function GroupActions({ group, panels, activePanel, api }: IDockviewHeaderActionsProps) {
  const groups = (): MenuGroup[] => [
    {
      items: [
        {
          label: 'Split to the right',
          icon: 'split',
          keys: 'Ctrl \\',
          run: () => activePanel && splitOrPick(activePanel.id),
        },
        api.isMaximized()
          ? { label: 'Restore the group', icon: 'maximize', run: () => api.exitMaximized() }
          : { label: 'Maximize the group', icon: 'maximize', run: () => api.maximize() },
      ],
    },
    { items: [{ label: 'Close all of this group', icon: 'close', run: () => [...panels].map((p) => p.api.close()) }] },
  ];
  return (
    <div className={styles.actions}>
      <IconButton
        icon="plus"
        label="Open a console"
        onClick={() => {
          group.api.setActive();
          openDialog({ kind: 'palette', text: '@', beside: false });
        }}
      />
      <MenuButton trigger={<IconButton icon="more" label="More for this group" />} groups={groups} align="end" />
    </div>
  );
}
