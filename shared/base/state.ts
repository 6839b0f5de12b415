import { AppError } from './errors.ts';

/** Every state and where it may go from there. An empty list makes a state final. */
export type Moves<S extends string> = { readonly [K in S]: readonly S[] };

/** One state out of a table of legal moves. A move that the table does not know is a bug and throws. */
export class State<S extends string> {
  readonly #moves: Moves<S>;
  #current: S;

  constructor(initial: S, moves: Moves<S>) {
    this.#moves = moves;
    this.#current = initial;
  }

  get current(): S {
    return this.#current;
  }

  get isFinal(): boolean {
    return this.#moves[this.#current].length === 0;
  }

  is(...states: readonly S[]): boolean {
    return states.includes(this.#current);
  }

  canMove(to: S): boolean {
    return this.#moves[this.#current].includes(to);
  }

  move(to: S): void {
    if (!this.canMove(to)) throw new AppError('internal', `A move from ${this.#current} to ${to} was tried.`);
    this.#current = to;
  }

  /** Moves where that is legal; tells whether it did. */
  tryMove(to: S): boolean {
    if (!this.canMove(to)) return false;
    this.#current = to;
    return true;
  }
}
