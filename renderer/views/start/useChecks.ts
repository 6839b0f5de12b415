import { useEffect, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { MigrationCheck } from '../../../shared/model/migration.ts';
import { call } from '../../api/engine.ts';

const AT_ONCE = 10; // guests of one question: often enough to see it move

export interface Checks {
  /** By guest, as far as they are known. */
  readonly known: ReadonlyMap<string, MigrationCheck>;
  readonly isAsking: boolean;
  readonly error: AppError | undefined;
}

const none: Checks = { known: new Map(), isAsking: false, error: undefined };

/** Asks for each guest whether it could go, a few at a time, as long as it is mounted. Nothing without a target. */
export function useChecks(clusterId: string, guestIds: readonly string[], target: string | undefined): Checks {
  const [checks, setChecks] = useState(none);
  const asked = guestIds.join(' ');
  useEffect(() => {
    setChecks(none);
    const ids = asked.split(' ').filter(Boolean);
    if (target === undefined || ids.length === 0) return undefined;
    const abort = new AbortController();
    const ask = async () => {
      const known = new Map<string, MigrationCheck>();
      const tell = (more: Partial<Checks>) => {
        if (!abort.signal.aborted) setChecks({ known: new Map(known), isAsking: true, error: undefined, ...more });
      };
      tell({});
      try {
        for (let at = 0; at < ids.length && !abort.signal.aborted; at += AT_ONCE) {
          const params = { clusterId, guestIds: ids.slice(at, at + AT_ONCE), target };
          const answer = await call('migrations.check', params, { signal: abort.signal });
          for (const check of answer.checks) known.set(check.guestId, check);
          tell({});
        }
        tell({ isAsking: false });
      } catch (error) {
        tell({ isAsking: false, error: AppError.from(error) });
      }
    };
    void ask();
    return () => abort.abort();
  }, [clusterId, asked, target]);
  return checks;
}
