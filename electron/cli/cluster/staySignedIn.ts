import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { Backoff } from '../../../shared/flow/backoff.ts';
import type { OpenCluster } from './openCluster.ts';

const FIRST_MS = 2_000;
const MOST_MS = 300_000; // a server that refuses a password may count the tries

/**
 * Signs a command in again whenever its server no longer takes the sign-in: after an outage longer than a ticket lives,
 * or a key that was replaced. The secret is read again from its file, which may hold another by then. Ends for good at
 * a second factor, which nobody is there to type.
 */
export function staySignedIn(
  cluster: OpenCluster,
  say: (line: string) => void,
  clock: Clock = systemClock,
): Disposable {
  const store = new DisposableStore();
  const backoff = new Backoff({ firstMs: FIRST_MS, maxMs: MOST_MS });
  let isTrying = false;
  let told = '';
  const tryAgain = async () => {
    try {
      await cluster.signInAgain();
      isTrying = false;
      backoff.reset();
      told = '';
      say('The server no longer took the sign-in. Signed in again.');
    } catch (error) {
      if (store.disposed) return;
      const { message, code } = AppError.from(error);
      const isOver = !(error instanceof AppError) || code === 'certificate-changed' || code === 'certificate-unknown';
      if (told !== message) say(`Signing in again failed. ${error instanceof Error ? error.message : message}`);
      told = message;
      if (isOver) return;
      store.add(clock.timer(backoff.nextMs(), () => void tryAgain()));
    }
  };
  store.add(
    cluster.page.on('clusters.changed', ({ clusters }) => {
      const state = clusters.find(({ id }) => id === cluster.clusterId)?.state;
      if (state !== 'signed-out' || isTrying) return;
      isTrying = true;
      void tryAgain();
    }),
  );
  return store;
}
