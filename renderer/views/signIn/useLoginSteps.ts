import { useEffect, useRef, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { LoginResult } from '../../../shared/model/session.ts';

export type Challenge = Extract<LoginResult, { kind: 'second-factor' }>;

/** The steps of a login that go over the wire: one at a time, each ends signed in, with a challenge or with an error. */
export function useLoginSteps(onDone: () => void, onFailure: (error: AppError) => void) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const [challenge, setChallenge] = useState<Challenge | undefined>(undefined);

  // Who closes the dialog gives up what is under way.
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const step = async (ask: (signal: AbortSignal) => Promise<LoginResult>): Promise<void> => {
    const mine = new AbortController();
    const { signal } = mine;
    abort.current = mine;
    setBusy(true);
    setError(undefined);
    try {
      const result = await ask(signal);
      if (signal.aborted) return;
      if (result.kind === 'signed-in') return onDone();
      setChallenge(result);
    } catch (caught) {
      if (signal.aborted) return;
      const failure = AppError.from(caught);
      setError(failure.message);
      if (failure.code === 'challenge-expired') setChallenge(undefined);
      // A challenge is good for one answer; the engine names the next one with the refusal.
      const next = failure.detail?.['challengeId'];
      if (typeof next === 'string') setChallenge((last) => last && { ...last, challengeId: next });
      onFailure(failure);
    } finally {
      if (abort.current === mine) setBusy(false);
    }
  };
  const goBack = () => {
    abort.current?.abort();
    setChallenge(undefined);
    setError(undefined);
  };
  return { isBusy, error, challenge, step, goBack };
}
