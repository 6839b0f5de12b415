import * as z from 'zod/mini';
import { create } from 'zustand';

import type { ErrorInfo } from '../../shared/base/errors.ts';
import { type ConsoleTarget, type ConsoleView, consoleTarget, consoleView } from '../../shared/model/console.ts';
import type { ScaleChoice } from '../consoles/consoleView.ts';

/**
 * opening: no picture yet. open: the stream runs. lost: it is being opened again; the last picture stays. stopped: it
 * is not tried any more by itself; `error` says why, none means its stream came to a regular end.
 */
export type ConsolePhase = 'opening' | 'open' | 'lost' | 'stopped';

/** The legal moves. */
export const consoleMoves: Readonly<Record<ConsolePhase, readonly ConsolePhase[]>> = {
  opening: ['open', 'lost', 'stopped'],
  open: ['lost', 'stopped'],
  lost: ['open', 'stopped', 'opening'],
  stopped: ['opening', 'lost'],
};

/** What a console needs before it can be opened. */
export type ConsoleWait = 'engine' | 'sign-in' | 'guest' | undefined;

export interface ConsoleState {
  readonly panelId: string;
  readonly target: ConsoleTarget;
  readonly view: ConsoleView;
  readonly phase: ConsolePhase;
  readonly waitsFor: ConsoleWait;
  /** Of the stream that is opened or open now. */
  readonly channel: number | undefined;
  /** Tries since it was last open; 1 for the first. */
  readonly attempt: number;
  readonly error: ErrorInfo | undefined;
  readonly lostAtMs: number | undefined;
  /** Wall clock; undefined while a try is under way or none will come. */
  readonly nextTryAtMs: number | undefined;
  readonly hasPicture: boolean;
  /** From asking for it to the first picture. */
  readonly firstPaintMs: number | undefined;
  readonly scale: ScaleChoice;
  readonly scalePercent: number;
  readonly isViewOnly: boolean;
  /** What was copied in the guest last; it is put on our clipboard only when the person asks for it. */
  readonly guestClipboard: string;
}

export interface Consoles {
  readonly byPanel: ReadonlyMap<string, ConsoleState>;
  /** The panel that is in front in the focused group. */
  readonly activePanelId: string | undefined;
  /** The console that takes the keys now. */
  readonly keyboardPanelId: string | undefined;
}

export const useConsoles = create<Consoles>()(() => ({
  byPanel: new Map(),
  activePanelId: undefined,
  keyboardPanelId: undefined,
}));

/** What the dock keeps of a panel over a reload. */
export const panelParams = z.object({ target: consoleTarget, view: consoleView });
export type PanelParams = z.infer<typeof panelParams>;

/** What is looked at, among all that its cluster has. */
const placeOf = (target: ConsoleTarget) => {
  if (target.kind === 'guest') return target.guestId;
  return target.kind === 'node' ? `node/${target.node}` : `endpoint/${target.endpointId}`;
};

export const panelIdOf = ({ target, view }: PanelParams) => `${target.clusterId}|${placeOf(target)}|${view}`;

/** Key of the tree row that a console belongs to. */
export const rowKeyOf = (target: ConsoleTarget) => `${target.clusterId}/${placeOf(target)}`;

export function putConsole(state: ConsoleState): void {
  useConsoles.setState(({ byPanel }) => ({ byPanel: new Map(byPanel).set(state.panelId, state) }));
}

export function patchConsole(panelId: string, patch: Partial<ConsoleState>): void {
  useConsoles.setState(({ byPanel }) => {
    const before = byPanel.get(panelId);
    return before ? { byPanel: new Map(byPanel).set(panelId, { ...before, ...patch }) } : {};
  });
}

export function dropConsole(panelId: string): void {
  useConsoles.setState(({ byPanel, keyboardPanelId }) => {
    const after = new Map(byPanel);
    after.delete(panelId);
    return { byPanel: after, keyboardPanelId: keyboardPanelId === panelId ? undefined : keyboardPanelId };
  });
}

export const useConsole = (panelId: string) => useConsoles(({ byPanel }) => byPanel.get(panelId));
export const consoleById = (panelId: string) => useConsoles.getState().byPanel.get(panelId);
