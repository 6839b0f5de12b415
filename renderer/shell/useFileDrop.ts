import { useEffect } from 'react';

import { shell } from '../link/shell.ts';
import { useClusters } from '../state/clusters.ts';
import { useInventory } from '../state/inventory.ts';
import { offerFile } from '../state/pageFiles.ts';
import { notify } from '../state/toasts.ts';
import { openDialog, useUi } from '../state/ui.ts';
import { rowKeyAt } from '../views/inventory/rowId.ts';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/** Files dropped on the window are offered for upload; on a cluster or node of the inventory, to just that. */
export function useFileDrop(): void {
  useEffect(() => {
    const handleOver = (event: DragEvent) => {
      if (!hasFiles(event) || useUi.getState().dialog?.kind === 'sign-in') return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    };
    const handleDrop = (event: DragEvent) => {
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault(); // else the browser goes to the file
      drop([...(event.dataTransfer?.files ?? [])], event.target);
    };
    window.addEventListener('dragover', handleOver);
    window.addEventListener('drop', handleDrop);
    return () => {
      window.removeEventListener('dragover', handleOver);
      window.removeEventListener('drop', handleDrop);
    };
  }, []);
}

function drop(files: readonly File[], target: EventTarget | null): void {
  if (!useClusters.getState().list.some(({ product, state }) => product === 'pve' && state === 'signed-in')) {
    notify({ kind: 'info', text: 'Sign in to a cluster first, then drop the file again.' });
    return;
  }
  const bridge = shell();
  const paths = files.map((file) => (bridge ? bridge.pathOf(file) : offerFile(file))).filter(Boolean);
  openDialog({ kind: 'upload', ...placeAt(target), paths });
}

/** The cluster and node of the inventory's row under the pointer. */
function placeAt(target: EventTarget | null): { clusterId?: string; node?: string } {
  const key = target instanceof Element ? rowKeyAt(target) : undefined;
  if (key === undefined) return {};
  const { nodes, guests } = useInventory.getState();
  const row = nodes.get(key);
  if (row) return { clusterId: row.clusterId, node: row.name };
  const guest = guests.get(key);
  if (guest) return { clusterId: guest.clusterId, node: guest.node };
  return useClusters.getState().list.some(({ id }) => id === key) ? { clusterId: key } : {};
}
