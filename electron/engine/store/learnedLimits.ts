import * as z from 'zod';

import type { Event } from '../../../shared/base/event.ts';
import type { DocumentStore } from '../deps.ts';

const DOCUMENT = 'idle-limits';
const MOST_MS = 24 * 3600 * 1000;
const kept = z.record(z.string().max(300), z.number().positive().max(MOST_MS));

/** What learns: milliseconds of silence by address. */
export interface Learner {
  load(limitsMs: Readonly<Record<string, number>>): void;
  toJson(): Record<string, number>;
  /** Also what was unlearned. */
  readonly onChanged: Event<string>;
}

/** Keeps what was learned over restarts. A damaged document is an empty one. Resolves when it was read. */
export async function keepLearned(learner: Learner, documents: DocumentStore): Promise<void> {
  const parsed = kept.safeParse(await documents.read(DOCUMENT));
  if (parsed.success) learner.load(parsed.data);
  learner.onChanged(() => {
    // What cannot be kept is learned again.
    documents.write(DOCUMENT, learner.toJson()).catch(() => {});
  });
}
