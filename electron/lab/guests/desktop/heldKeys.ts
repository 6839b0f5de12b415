import { isModifier, nameOf } from './keys.ts';

const shown = ['Ctrl', 'Alt', 'Super', 'Shift'];

/** Which keys are down, and what to call a press. */
export class HeldKeys {
  readonly #held = new Set<number>();

  set(keysym: number, isDown: boolean): void {
    if (isDown) this.#held.add(keysym);
    else this.#held.delete(keysym);
  }

  releaseAll(): void {
    this.#held.clear();
  }

  has(name: string): boolean {
    return [...this.#held].some((keysym) => nameOf(keysym) === name);
  }

  /** Such as `Ctrl + Alt + Delete`. */
  label(keysym: number): string {
    const name = nameOf(keysym);
    return isModifier(keysym) ? name : [...shown.filter((modifier) => this.has(modifier)), name].join(' + ');
  }
}
