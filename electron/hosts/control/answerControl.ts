import type { Engine } from '../../engine/engine.ts';
import type { ControlAnswer, ControlRequest } from './controlMessages.ts';

/** What a host does about a window. */
export interface Windows {
  /** Brings a window to the front where the host has them. */
  show?(): void;
  /** A one-time address that opens a page, where pages are opened that way. */
  newUrl?(): string;
}

/** Does what a command asked of the app. */
export async function answerControl(engine: Engine, request: ControlRequest, windows: Windows): Promise<ControlAnswer> {
  if (request.kind === 'clusters-changed') {
    await engine.reloadClusters();
    return { kind: 'done' };
  }
  const { guest, cluster, view } = request;
  windows.show?.();
  const { title, hasPage } = await engine.openConsole({ guest, cluster, view });
  const url = hasPage ? undefined : windows.newUrl?.();
  return { kind: 'done', title, ...(url !== undefined && { url }) };
}
