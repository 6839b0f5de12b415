import { useCallback, useEffect, useRef, useState } from 'react';

import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Result } from '../../../shared/wire/contract.ts';
import { call } from '../../api/engine.ts';

/** So long after the last key the address is asked by itself. */
const PAUSE_MS = 800;

export type Probe =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking' }
  | ({ readonly kind: 'answered' } & Result<'cluster.probe'>)
  | { readonly kind: 'failed'; readonly error: AppError };

/** Asks an address who it is, a moment after it was typed; the newest question wins. */
export function useProbe(firstAddress: string) {
  const [address, setText] = useState(firstAddress);
  const [probe, setProbe] = useState<Probe>({ kind: 'idle' });
  const asked = useRef<string | undefined>(undefined);
  const abort = useRef<AbortController | undefined>(undefined);

  const run = useCallback(async (text: string, isAgain: boolean) => {
    const wanted = text.trim();
    if (wanted === '' || (!isAgain && asked.current === wanted)) return;
    asked.current = wanted;
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    setProbe({ kind: 'asking' });
    try {
      const result = await call('cluster.probe', { address: wanted }, { signal: mine.signal });
      if (!mine.signal.aborted) setProbe({ kind: 'answered', ...result });
    } catch (error) {
      if (!mine.signal.aborted) setProbe({ kind: 'failed', error: AppError.from(error) });
    }
  }, []);

  useEffect(() => {
    if (address.trim() === asked.current) return undefined;
    const timer = systemClock.timer(
      asked.current === undefined && address === firstAddress ? 0 : PAUSE_MS,
      () => void run(address, false),
    );
    return () => timer.dispose();
  }, [address, firstAddress, run]);
  useEffect(() => () => abort.current?.abort(), []);

  const setAddress = (text: string) => {
    setText(text);
    if (text.trim() === asked.current) return;
    abort.current?.abort();
    asked.current = undefined;
    setProbe({ kind: 'idle' });
  };
  const ask = (isAgain: boolean) => void run(address, isAgain);
  return { address, probe, setAddress, ask };
}
