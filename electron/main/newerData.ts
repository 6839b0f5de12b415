import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app, dialog } from 'electron';

import { AppError } from '../../shared/base/errors.ts';
import { checkDataMark, dataMarkName } from '../../shared/wire/dataMark.ts';

/** Why this version must leave the data folder alone, if it must. Touches nothing. */
export function whyDataIsNotOurs(dataDir: string, version: string): string | undefined {
  try {
    checkDataMark(JSON.parse(readFileSync(join(dataDir, `${dataMarkName}.json`), 'utf8')), version);
    return undefined;
  } catch (error) {
    return error instanceof AppError ? error.message : undefined; // none yet, or damaged: the engine writes it anew
  }
}

/** Says so, on the terminal and in a window, and ends with code 1. Even Chromium's own files go elsewhere. */
export async function refuseToStart(reason: string): Promise<void> {
  console.error(reason);
  app.setPath('userData', mkdtempSync(join(tmpdir(), 'sluice-refused-')));
  await app.whenReady();
  await dialog.showMessageBox({ type: 'error', title: 'Sluice', message: 'Sluice was not started.', detail: reason });
  app.exit(1);
}
