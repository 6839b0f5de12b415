const TALLEST_PX = 12;

/** The usual trip is a third of the height; twice as long is twice as high. */
export function beatHeights(trips: readonly number[]): number[] {
  const usual = [...trips].sort((a, b) => a - b)[Math.floor(trips.length / 2)] ?? 1;
  return trips.map((ms) => Math.max(2, Math.min(TALLEST_PX, Math.round((ms / Math.max(usual, 1)) * 5))));
}
