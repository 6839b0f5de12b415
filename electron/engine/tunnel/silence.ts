/**
 * The longest time since the peer was heard last in which nothing went either way: what an idle timer in between would
 * have counted. A ping into a connection that is gone already does not end a silence, only an answer does.
 */
export class Silence {
  #movedAtMs: number;
  #longestMs = 0;

  constructor(nowMs: number) {
    this.#movedAtMs = nowMs;
  }

  /** Something goes to the peer. */
  sent(nowMs: number): void {
    this.#longestMs = this.longestMs(nowMs);
    this.#movedAtMs = nowMs;
  }

  /** Something came: returns the silence that the connection has survived with it. */
  heard(nowMs: number): number {
    const survivedMs = this.longestMs(nowMs);
    this.#longestMs = 0;
    this.#movedAtMs = nowMs;
    return survivedMs;
  }

  longestMs(nowMs: number): number {
    return Math.max(this.#longestMs, nowMs - this.#movedAtMs);
  }
}
