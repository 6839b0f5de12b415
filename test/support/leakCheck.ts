import { afterEach, beforeEach, expect } from 'vitest';

const allowed = new Set(['TTYWrap', 'PipeWrap', 'Immediate', 'MessagePort', 'FSReqPromise']);
const patienceMs = 1000; // sockets close on a later turn of the loop

/**
 * Fails a test that leaves sockets, servers or child processes behind. Call it once in a `describe` or at the
 * top of a file.
 */
export function checkLeaks(): void {
  let before: Map<string, number>;
  beforeEach(() => {
    before = activeResources();
  });
  afterEach(async () => {
    const untilMs = performance.now() + patienceMs;
    let left = leftSince(before);
    while (left.length > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setImmediate(resolve));
      left = leftSince(before);
    }
    expect(left, 'resources left behind').toEqual([]);
  });
}

function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (!allowed.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // The test runner has timers of its own (the limit of this very test) that come and go.
  counts.delete('Timeout');
  return counts;
}

function leftSince(before: ReadonlyMap<string, number>): string[] {
  return [...activeResources()].flatMap(([name, count]) => {
    const more = count - (before.get(name) ?? 0);
    return more > 0 ? [`${more} ${name}`] : [];
  });
}
