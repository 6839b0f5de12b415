import { useEffect, useRef, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { Params, Result } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';
import { shell } from '../../link/shell.ts';

export interface OpenId {
  /** Where the person goes on; there while the provider's answer is waited for. */
  readonly url: string | undefined;
  readonly isBusy: boolean;
  readonly error: string | undefined;
  begin(prepare: () => Promise<Params<'session.startOpenId'>>): Promise<void>;
  /** Gives the sign-in up, in the engine too. */
  cancel(): void;
}

/** A sign-in that goes on in the person's browser. The engine waits for its end, the page for the engine. */
export function useOpenId(onDone: () => void, onFailure: (error: AppError) => void): OpenId {
  const [url, setUrl] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const begin: OpenId['begin'] = async (prepare) => {
    const mine = new AbortController();
    abort.current?.abort();
    abort.current = mine;
    setBusy(true);
    setError(undefined);
    try {
      const { signal } = mine;
      const started: Result<'session.startOpenId'> = await call('session.startOpenId', await prepare(), { signal });
      setUrl(started.url);
      // The shell hands it to the person's browser. In a browser a page opens no other without a click.
      if (shell()) window.open(started.url, '_blank', 'noopener');
      await call('session.finishOpenId', { loginId: started.loginId }, { signal });
      if (!mine.signal.aborted) onDone();
    } catch (caught) {
      const failure = AppError.from(caught);
      if (mine.signal.aborted) return;
      setError(failure.message);
      onFailure(failure);
    } finally {
      if (abort.current === mine) {
        setUrl(undefined);
        setBusy(false);
      }
    }
  };
  const cancel = () => {
    abort.current?.abort();
    abort.current = undefined;
    setUrl(undefined);
    setBusy(false);
    setError(undefined);
  };
  return { url, isBusy, error, begin, cancel };
}
