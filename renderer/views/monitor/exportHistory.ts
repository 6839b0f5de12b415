import { AppError } from '../../../shared/base/errors.ts';
import type { HistoryFilter } from '../../../shared/model/history.ts';
import { openChannel } from '../../api/engine.ts';
import { notify, notifyFailure } from '../../state/toasts.ts';
import { saveFile } from '../../widgets/copyText.ts';

const types = { csv: 'text/csv', json: 'application/json' } as const;

/** Offers the history, as it is filtered, as a file. */
export function exportHistory(format: 'csv' | 'json', filter: HistoryFilter): void {
  receive(format, filter).then(
    (content) => {
      const day = new Date().toISOString().slice(0, 10);
      saveFile(`sluice-tasks-${day}.${format}`, content);
      notify({ kind: 'done', text: `Saved the history as ${format.toUpperCase()}.` });
    },
    (error: unknown) => notifyFailure('The history was not saved.', error),
  );
}

/** The engine bounds its history, and so what comes. */
function receive(format: 'csv' | 'json', filter: HistoryFilter): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const channel = openChannel('history.export', { format, filter });
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    channel.onData((chunk) => {
      chunks.push(chunk.slice());
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => channel.end());
    channel.onClose((reason) => {
      if (reason.kind === 'failed') reject(AppError.from(reason.error));
      else resolve(new Blob(chunks, { type: types[format] }));
    });
    channel.start();
  });
}
