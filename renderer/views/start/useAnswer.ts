import { useEffect, useState } from 'react';

import { every, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { MethodName, Params, Result } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';

export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: AppError | undefined;
  readonly isAsking: boolean;
}

const AGAIN_MS = 3_000; // a lock goes by itself

/**
 * Asks the engine once, and anew when the question changes or while `isOpen` says that the answer may become better;
 * the answer of before stays until the next one came.
 */
export function useAnswer<M extends MethodName>(
  method: M,
  params: Params<M> | undefined,
  isOpen?: (value: Result<M>) => boolean,
): Answer<Result<M>> {
  const [round, setRound] = useState(0);
  const [answer, setAnswer] = useState<Answer<Result<M>>>({ value: undefined, error: undefined, isAsking: true });
  const question = params === undefined ? undefined : JSON.stringify(params);
  useEffect(() => {
    if (question === undefined) return undefined;
    void round;
    const abort = new AbortController();
    setAnswer((before) => ({ ...before, isAsking: true }));
    call(method, JSON.parse(question) as Params<M>, { signal: abort.signal }).then(
      (value) => setAnswer({ value, error: undefined, isAsking: false }),
      (error: unknown) => {
        if (!abort.signal.aborted) setAnswer({ value: undefined, error: AppError.from(error), isAsking: false });
      },
    );
    return () => abort.abort();
  }, [method, question, round]);
  const { value } = answer;
  const asksAgain = value !== undefined && isOpen?.(value) === true;
  useEffect(() => {
    if (!asksAgain) return undefined;
    const timer = every(systemClock, AGAIN_MS, () => setRound((n) => n + 1));
    return () => timer.dispose();
  }, [asksAgain]);
  return answer;
}
