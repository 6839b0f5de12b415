import { create } from 'zustand';

export interface LogLine {
  readonly id: number;
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** Enough for an afternoon of reconnects; older lines fall out. */
const LINES = 500;

export const useLog = create<{ readonly lines: readonly LogLine[] }>()(() => ({ lines: [] }));

let lastId = 0;

/** Writes to the window's own log. Holds no secret: only what the page also shows. */
export function note(text: string, level: LogLine['level'] = 'info'): void {
  const line: LogLine = { id: ++lastId, atMs: Date.now(), level, text };
  useLog.setState(({ lines }) => ({ lines: [...lines.slice(1 - LINES), line] }));
}
