import { DisposableStore } from '../../shared/base/lifecycle.ts';
import { recordChanges } from './changes.ts';
import type { EngineParts } from './engineParts.ts';

const TASK_SETTLES_MS = 1_000; // the server's list is a moment behind its tasks

/** What happens in one part and matters to another that does not know of it. */
export function joinParts(parts: EngineParts): DisposableStore {
  const own = new DisposableStore();
  keepAsWanted(parts, own);
  own.add(recordChanges(parts));
  nudgeAfterTasks(parts, own);
  endWhereCertificateChanged(parts, own);
  return own;
}

/** Secrets are kept, or no longer, as the settings say. */
function keepAsWanted({ settings, vault, deps }: EngineParts, own: DisposableStore): void {
  own.add(
    settings.onChanged((now) => {
      vault
        .apply(now)
        .catch((error: unknown) => deps.log.write('error', 'vault', 'what is kept stayed as it was', { error }));
    }),
  );
}

/** What a task did to a guest shows in the list as soon as it is over. */
function nudgeAfterTasks({ tasks, inventory, deps }: EngineParts, own: DisposableStore): void {
  own.add(
    tasks.onEnded(({ clusterId }) => {
      inventory.nudge(clusterId);
      const again = deps.clock.timer(TASK_SETTLES_MS, () => {
        own.release(again);
        inventory.nudge(clusterId);
      });
      own.add(again);
    }),
  );
}

/** Whom a cluster's certificate no longer vouches for is told nothing more, and nothing more is taken from there. */
function endWhereCertificateChanged({ sessions, relays, viewers }: EngineParts, own: DisposableStore): void {
  const stopped = new Set<string>();
  own.add(
    sessions.onChanged(() => {
      for (const { id, state } of sessions.all()) {
        if (state !== 'certificate-changed') stopped.delete(id);
        else if (!stopped.has(id)) {
          stopped.add(id);
          relays.endOf(id);
          viewers.endOf(id);
        }
      }
    }),
  );
}
