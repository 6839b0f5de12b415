import type { QueuedMigration } from '../../../shared/model/migration.ts';
import type { Transfer } from '../../../shared/model/transfer.ts';
import type { MethodName, Params } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';
import { useMigrations } from '../../state/migrations.ts';
import { queuedIdOf, transferIdOf } from '../../state/monitorItems.ts';
import { describeQueued, describeTransfer } from '../../state/transferWords.ts';
import { useTransfers } from '../../state/transfers.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import type { MenuGroup, MenuItem } from '../../widgets/Menu.tsx';

type Plain = 'transfer.pause' | 'transfer.resume' | 'transfer.cancel' | 'transfer.retry' | 'transfer.remove';

function send<M extends MethodName>(method: M, params: Params<M>, failed: string): void {
  call(method, params).catch((error: unknown) => notifyFailure(failed, error));
}

function plain(method: Plain, transfer: Transfer, failed: string): void {
  send(method, { transferId: transfer.id }, `“${describeTransfer(transfer).title}” ${failed}`);
}

export const retryTransfer = (transfer: Transfer) => plain('transfer.retry', transfer, 'was not started again.');
/** What it asks: about a file that is there, or for the password of its key. */
export const askAnswer = ({ id, lockedKey }: Transfer) =>
  openDialog({ kind: lockedKey ? 'transfer-unlock' : 'transfer-answer', transferId: id });

const cancelMeanings: Record<Transfer['kind'], string> = {
  upload: 'What was sent of the file is lost: the server keeps nothing of an upload that did not come to its end.',
  download: 'What came of the file until now is removed. Nothing changes on the server.',
  restore: 'What was written of the file until now is removed. The backup stays as it is.',
  'remote-migration':
    'The guest stays on its cluster and keeps running there. What was copied to the other cluster is removed by the servers where they can; look there for a guest that is left over.',
};

export function askCancel(transfer: Transfer): void {
  const { title } = describeTransfer(transfer);
  openDialog({
    kind: 'confirm',
    title: `Cancel “${title}”?`,
    text: cancelMeanings[transfer.kind],
    action: transfer.kind === 'remote-migration' ? 'Cancel the migration' : `Cancel the ${transfer.kind}`,
    run: () => plain('transfer.cancel', transfer, 'was not cancelled.'),
  });
}

const named: readonly [Transfer['actions'][number], string, MenuItem['icon'], (transfer: Transfer) => void][] = [
  ['answer', 'Answer…', 'alert', askAnswer],
  ['unlock', 'Unlock its key…', 'key', askAnswer],
  ['pause', 'Pause', 'pause', (one) => plain('transfer.pause', one, 'was not paused.')],
  ['resume', 'Go on', 'play', (one) => plain('transfer.resume', one, 'does not go on.')],
  ['retry', 'Try again', 'again', retryTransfer],
  ['cancel', 'Cancel…', 'square', askCancel],
  ['remove', 'Take out of the list', 'trash', (one) => plain('transfer.remove', one, 'is still in the list.')],
];

/** What can be done with it now, as its engine says. */
export function transferItems(transfer: Transfer): MenuItem[] {
  return named
    .filter(([action]) => transfer.actions.includes(action))
    .map(([action, label, icon, run]) => ({
      label,
      ...(icon ? { icon } : {}),
      isDanger: action === 'cancel',
      ...(action === 'cancel' || action === 'remove' ? { keys: 'Del' } : {}),
      run: () => run(transfer),
    }));
}

const transferOf = (key: string) => useTransfers.getState().transfers.get(transferIdOf(key) ?? '');
const queuedOf = (key: string) => useMigrations.getState().items.find(({ id }) => id === queuedIdOf(key));

const takeOut = (queued: QueuedMigration) =>
  send('migrations.cancel', { id: queued.id }, `“${describeQueued(queued).title}” is still in the queue.`);

/** The menu of a row that is no task. */
export function otherMenu(key: string): readonly MenuGroup[] {
  const transfer = transferOf(key);
  if (transfer) return [{ items: transferItems(transfer) }];
  const queued = queuedOf(key);
  if (!queued) return [];
  const clear = () => send('migrations.clear', {}, 'The queue was not cleared.');
  return [
    {
      items: [
        queued.state === 'waiting'
          ? { label: 'Take out of the queue', icon: 'trash', keys: 'Del', run: () => takeOut(queued) }
          : { label: 'Clear those that are over', icon: 'trash', run: clear },
      ],
    },
  ];
}

/** Delete on a row that is no task. */
export function endOther(key: string): void {
  const transfer = transferOf(key);
  if (transfer?.actions.includes('cancel')) askCancel(transfer);
  else if (transfer?.actions.includes('remove')) plain('transfer.remove', transfer, 'is still in the list.');
  const queued = queuedOf(key);
  if (queued?.state === 'waiting') takeOut(queued);
}
