import { create } from 'zustand';

import type { ErrorInfo } from '../../shared/base/errors.ts';
import type { Result } from '../../shared/wire/contract.ts';
import { useSettings } from './settings.ts';

type Hello = Result<'app.hello'>;

export interface Connection {
  /** `outdated`: engine and page are of different builds; only a reload helps. */
  readonly phase: 'connecting' | 'ready' | 'lost' | 'outdated';
  readonly hello: Omit<Hello, 'settings'> | undefined;
  readonly error: ErrorInfo | undefined;
  readonly attempt: number;
  /** Wall clock. Undefined while a try is under way. */
  readonly nextTryAtMs: number | undefined;
  readonly lostAtMs: number | undefined;
  /** The engine is silent for longer than it should; the link still stands. */
  readonly isLate: boolean;
  /** Grows with every time the engine's machine woke up. */
  readonly wakings: number;
  /** Grows with every new peer; what opened channels on the old one opens them again. */
  readonly generation: number;
  welcome(hello: Hello): void;
}

export const useConnection = create<Connection>()((set) => ({
  phase: 'connecting',
  hello: undefined,
  error: undefined,
  attempt: 0,
  nextTryAtMs: undefined,
  lostAtMs: undefined,
  isLate: false,
  wakings: 0,
  generation: 0,
  welcome({ settings, ...hello }) {
    useSettings.setState(settings);
    set(({ generation }) => ({
      phase: 'ready',
      hello,
      error: undefined,
      attempt: 0,
      nextTryAtMs: undefined,
      lostAtMs: undefined,
      isLate: false,
      generation: generation + 1,
    }));
  },
}));
