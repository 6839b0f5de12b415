import { redactText } from '../../shared/base/redactText.ts';

const MOST_EVENTS = 30;
const MOST_WORDS = 8_000; // of what the engine said last: a stack of an error and some lines before it

/** What a report of a crash says: versions, what ended when and how, and the engine's last words without secrets. */
export class CrashLog {
  readonly #about: string;
  #events: string[] = [];
  #words = '';

  /** `about`: program and system, one line. */
  constructor(about: string) {
    this.#about = about;
  }

  note(atMs: number, event: string): void {
    this.#events = [...this.#events, `${new Date(atMs).toISOString()} ${event}`].slice(-MOST_EVENTS);
  }

  /** What the engine wrote to its standard error. */
  heard(text: string): void {
    this.#words = (this.#words + text).slice(-MOST_WORDS);
  }

  report(): string {
    // A first line that was cut could hold the rest of a secret without what it is known by.
    const words = this.#words.length < MOST_WORDS ? this.#words : this.#words.slice(this.#words.indexOf('\n') + 1);
    return [
      this.#about,
      '',
      ...this.#events,
      '',
      'The engine said last:',
      redactText(words).trimEnd() || 'nothing',
      '',
    ].join('\n');
  }
}
