// Which version wrote the documents of a data folder last. An older one that went on with them would lose what it does
// not know of, so it leaves them alone.
import * as z from 'zod/mini';

import { AppError } from '../base/errors.ts';
import { compareVersions } from '../base/version.ts';

/** Name of the document. */
export const dataMarkName = 'written-by';
const dataMark = z.object({ version: z.string().check(z.maxLength(100)) });

export function markOf(version: string): z.infer<typeof dataMark> {
  return { version };
}

/** Whether this version has still to write its mark. Throws `unsupported` where a newer one wrote the documents. */
export function checkDataMark(document: unknown, version: string): boolean {
  const mark = dataMark.safeParse(document);
  if (!mark.success) return compareVersions(version, version) !== undefined; // from before there were marks, or damaged
  const age = compareVersions(mark.data.version, version);
  if (age !== undefined && age > 0) throw newerDataError(mark.data.version, version);
  return age !== undefined && age < 0;
}

function newerDataError(newer: string, version: string): AppError {
  return new AppError(
    'unsupported',
    `The settings here were written by Sluice ${newer}. This is Sluice ${version}, which is older and left them as ` +
      `they are. Install Sluice ${newer} or later, or start this one with settings of its own: --data-dir=FOLDER.`,
    { detail: { newer, version } },
  );
}
