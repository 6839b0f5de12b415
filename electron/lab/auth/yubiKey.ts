import { createHmac, randomBytes } from 'node:crypto';

const MODHEX = 'cbdefghijklnrtuv'; // keys that lie at the same place on every keyboard
const AHEAD = 100; // touches that never reached the server

const modhex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `${MODHEX[byte >> 4] ?? ''}${MODHEX[byte & 15] ?? ''}`).join('');

/** A key that types 44 letters when it is touched, and the server's side of it: each password is good once. */
export class YubiKey {
  readonly #id = modhex(randomBytes(6));
  readonly #secret = randomBytes(16);
  #touches = 0;
  #taken = 0;

  touch(): string {
    this.#touches += 1;
    return this.#password(this.#touches);
  }

  /** True for one that is newer than the last. */
  take(password: string): boolean {
    for (let count = this.#taken + 1; count <= this.#taken + AHEAD; count += 1) {
      if (this.#password(count) !== password) continue;
      this.#taken = count;
      return true;
    }
    return false;
  }

  #password(count: number): string {
    const sum = createHmac('sha256', this.#secret).update(String(count)).digest();
    return `${this.#id}${modhex(sum.subarray(0, 16))}`;
  }
}
