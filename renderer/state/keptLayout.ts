import * as z from 'zod/mini';

import { panelParams } from './consoles.ts';
import { dockPages } from './dock.ts';
import { readKept, writeKept } from './keep.ts';

const NAME = 'dock';
const pageParams = z.strictObject({ page: z.enum(dockPages) });

/** What of a kept layout we look at before the dock gets it; the dock itself refuses what it cannot read. */
const keptLayout = z.looseObject({
  grid: z.looseObject({}),
  panels: z.record(z.string(), z.looseObject({ params: z.union([panelParams, pageParams]) })),
});

/** The dock's layout of an earlier page, where it had panels. */
export function readLayout(): z.infer<typeof keptLayout> | undefined {
  const layout = readKept(NAME, z.optional(keptLayout), undefined);
  return layout && Object.keys(layout.panels).length > 0 ? layout : undefined;
}

export const writeLayout = (layout: object): boolean => writeKept(NAME, layout);

/** Whether panels of an earlier page are to come back. */
export const hasKeptPanels = (): boolean => readLayout() !== undefined;

/** Whether one of them is of an address, which needs no cluster. */
export const hasKeptEndpoint = (): boolean =>
  Object.values(readLayout()?.panels ?? {}).some(
    ({ params }) => 'target' in params && params.target.kind === 'endpoint',
  );
