import { useEffect, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { MethodName, Params, Result } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';

export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: AppError | undefined;
  readonly isAsking: boolean;
}

/** Asks the engine once, and anew when the question changes; the answer of before stays until the next one came. */
export function useAnswer<M extends MethodName>(method: M, params: Params<M> | undefined): Answer<Result<M>> {
  const [answer, setAnswer] = useState<Answer<Result<M>>>({ value: undefined, error: undefined, isAsking: true });
  const question = params === undefined ? undefined : JSON.stringify(params);
  useEffect(() => {
    if (question === undefined) return undefined;
    const abort = new AbortController();
    setAnswer((before) => ({ ...before, isAsking: true }));
    call(method, JSON.parse(question) as Params<M>, { signal: abort.signal }).then(
      (value) => setAnswer({ value, error: undefined, isAsking: false }),
      (error: unknown) => {
        if (!abort.signal.aborted) setAnswer({ value: undefined, error: AppError.from(error), isAsking: false });
      },
    );
    return () => abort.abort();
  }, [method, question]);
  return answer;
}
