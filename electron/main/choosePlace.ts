import { join } from 'node:path';
import { app, type BrowserWindow, dialog } from 'electron';
import * as z from 'zod/mini';

const fileName = z.string().check(z.minLength(1), z.maxLength(255));

/** Asks where a file is to go, in the folder of downloads first. Undefined where the person gave up. */
export async function choosePlace(window: BrowserWindow | null, wish: unknown): Promise<string | undefined> {
  const name = fileName.safeParse(wish);
  if (!window || !name.success) return undefined;
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    defaultPath: join(app.getPath('downloads'), name.data.replaceAll(/[/\\]/g, '_')),
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  });
  return canceled || filePath === '' ? undefined : filePath;
}
