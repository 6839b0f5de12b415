import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

/** Where a secret was found, for the message of a failed test: never the secret itself. */
export interface Finding {
  readonly secret: string;
  readonly place: string;
}

/** Secrets that were planted, and everything that was written or shown. */
export class Canaries {
  readonly #secrets = new Map<string, string>();
  readonly #places = new Map<string, string>();

  /** `name` is for people. Empty and very short ones can't be looked for. */
  plant(name: string, secret: string): void {
    if (secret.length < 6) throw new Error(`The secret ${name} is too short to be looked for.`);
    this.#secrets.set(secret, name);
  }

  get count(): number {
    return this.#secrets.size;
  }

  saw(place: string, shown: unknown): void {
    // With all that a crash would print: hidden fields, causes, and what hangs below them.
    const text =
      typeof shown === 'string'
        ? shown
        : inspect(shown, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null });
    this.#places.set(place, `${this.#places.get(place) ?? ''}\n${text}`);
  }

  /** All files of a folder. */
  sawFolder(place: string, dir: string): void {
    for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        this.saw(`${place}/${entry.name}`, readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    }
  }

  /** Command lines of everything that runs on this machine. Linux. */
  sawCommandLines(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        this.saw('command lines', readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
      } catch {
        // ended meanwhile
      }
    }
  }

  find(): Finding[] {
    const found: Finding[] = [];
    for (const [place, text] of this.#places) {
      for (const [secret, name] of this.#secrets) {
        if (spellings(secret).some((spelling) => text.includes(spelling))) found.push({ secret: name, place });
      }
    }
    return found;
  }
}

/** As it is, in a URL, in JSON, and its tail alone, where the most of a ticket is. */
function spellings(secret: string): string[] {
  const tail = secret.length > 120 ? [secret.slice(-60)] : [];
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...tail])];
}
