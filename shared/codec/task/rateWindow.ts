interface Point {
  readonly atMs: number;
  readonly done: number;
}

const KEPT_MS = 120_000;
const APART_MS = 500; // closer ones say nothing more
const HOLE_MS = 15_000; // nobody looked: what was before says nothing about now

/** How fast something grows, over several spans of time up to now. Bounded: 240 points. */
export class RateWindow {
  #points: Point[] = [];

  push(atMs: number, done: number): void {
    const last = this.#points.at(-1);
    if (last && (atMs < last.atMs || done < last.done || atMs - last.atMs > HOLE_MS)) this.#points = [];
    if (last && atMs - last.atMs < APART_MS && this.#points.length > 1) this.#points.pop();
    this.#points.push({ atMs, done });
    while ((this.#points[0]?.atMs ?? atMs) < atMs - KEPT_MS) this.#points.shift();
  }

  clear(): void {
    this.#points = [];
  }

  get spanMs(): number {
    return (this.#points.at(-1)?.atMs ?? 0) - (this.#points[0]?.atMs ?? 0);
  }

  /** A second, over the last `ms`. Undefined where nothing was seen for at least a second of them. */
  over(ms: number): number | undefined {
    const last = this.#points.at(-1);
    if (!last) return undefined;
    const first = this.#points.find((point) => point.atMs >= last.atMs - ms);
    if (!first || last.atMs - first.atMs < 1000) return undefined;
    return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
  }

  /** The slowest and the fastest of them, above nothing. */
  bounds(spansMs: readonly number[]): { low: number; high: number } | undefined {
    const rates = spansMs.flatMap((ms) => this.over(ms) ?? []).filter((rate) => rate > 0);
    return rates.length === 0 ? undefined : { low: Math.min(...rates), high: Math.max(...rates) };
  }
}
