import { useEffect } from 'react';

import type { ConsoleTarget } from '../../../shared/model/console.ts';
import { askDisplays, useDisplays } from '../../state/displays.ts';
import { guestKey, useInventory } from '../../state/inventory.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { MenuButton } from '../../widgets/Menu.tsx';
import { viewerItems } from '../viewerActions.ts';

/** Opens the console's guest in a viewer of another program. */
export function ViewerButton({ target }: { target: ConsoleTarget }) {
  const key = target.kind === 'guest' ? guestKey(target.clusterId, target.guestId) : '';
  const guest = useInventory(({ guests }) => guests.get(key));
  useDisplays(({ known }) => known.get(key));
  useEffect(() => {
    if (guest) askDisplays(guest);
  }, [guest]);
  if (!guest) return null;
  const items = viewerItems(guest);
  return (
    <MenuButton
      trigger={
        <IconButton
          icon="outside"
          label="Open in another viewer"
          disabled={items.length === 0}
          onFocus={() => askDisplays(guest)}
        />
      }
      groups={() => [{ items: viewerItems(guest) }]}
    />
  );
}
