const patienceMs = 20_000; // under 1 s each on a quiet machine; what never comes true may take as long

/** Lets the event loop turn until `condition` holds; fails with `what` when it never does. No sleeps. */
export async function until(condition: () => boolean, what = 'the condition', mostMs = patienceMs): Promise<void> {
  const untilMs = performance.now() + mostMs;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error(`${what} did not come true within ${mostMs / 1000} s`);
    await turn();
  }
}

/** One turn of the event loop, with its input and output. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Enough turns for whatever is under way on loopback to arrive. For "nothing happens" checks only. */
export async function quiet(): Promise<void> {
  for (let n = 0; n < 40; n++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await turn();
  }
}
