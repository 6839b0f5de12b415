import { create } from 'zustand';

import { AppError } from '../../shared/base/errors.ts';
import { systemClock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import { note } from './log.ts';

export interface Toast {
  readonly id: number;
  readonly kind: 'done' | 'info' | 'warning' | 'failed';
  readonly text: string;
  /** What it tells of: a newer one about the same takes its place. */
  readonly about?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** More than three are a wall. */
const MOST = 3;
const STAY_MS = 6_000;

export const useToasts = create<{ readonly toasts: readonly Toast[] }>()(() => ({ toasts: [] }));

const staying: ReadonlySet<Toast['kind']> = new Set(['warning', 'failed']);
const levels = { done: 'info', info: 'info', warning: 'warn', failed: 'error' } as const;

let lastId = 0;
const timers = new Map<number, Disposable>();

/** Warnings and failures stay until they are closed, or until there is news. Gives its ID. */
export function notify(toast: Omit<Toast, 'id'>): number {
  const id = ++lastId;
  note(toast.text, levels[toast.kind]);
  if (toast.about !== undefined) closeAbout(toast.about);
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts.slice(1 - MOST), { ...toast, id }] }));
  if (!staying.has(toast.kind)) holdToast(id, false);
  return id;
}

function closeAbout(about: string): void {
  for (const toast of useToasts.getState().toasts) if (toast.about === about) closeToast(toast.id);
}

export function closeToast(id: number): void {
  timers.get(id)?.dispose();
  timers.delete(id);
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

/** While the pointer or focus is on it a toast does not leave. */
export function holdToast(id: number, isHeld: boolean): void {
  timers.get(id)?.dispose();
  timers.delete(id);
  const toast = useToasts.getState().toasts.find((one) => one.id === id);
  if (!isHeld && toast && !staying.has(toast.kind))
    timers.set(
      id,
      systemClock.timer(STAY_MS, () => closeToast(id)),
    );
}

/**
 * `doing` says what was not done. Where that is not known (the server was asked and never answered) it is left out, and
 * the action is to send it again: the engine has read the state anew by then (`known` says it), and the person decides.
 */
export function notifyFailure(doing: string, error: unknown, action?: Toast['action'], known = ''): void {
  const { message, code } = AppError.from(error);
  if (code === 'aborted') return; // the person's own doing
  const isUnknown = code === 'outcome-unknown';
  const text = isUnknown ? `${message} ${known}`.trim() : `${doing} ${message}`;
  notify({
    kind: 'failed',
    text,
    ...(action ? { action: isUnknown ? { ...action, label: 'Send again' } : action } : {}),
  });
}
