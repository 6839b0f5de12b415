import type { Channel } from '../../shared/wire/peer.ts';
import type { PageState } from './engineBench.ts';
import { eventually } from './eventually.ts';

/** A guest's serial console as the page has it: what was printed, and lines to type. */
export class GuestShell {
  printed = '';
  readonly #channel: Channel;

  constructor(state: PageState, guestId: string) {
    this.#channel = state.console(guestId, 'terminal');
    this.#channel.onData((chunk) => {
      this.printed += Buffer.from(chunk).toString('latin1');
      this.#channel.consumed(chunk.length);
    });
    this.#channel.onEnd(() => this.#channel.end());
    this.#channel.onClose(() => undefined);
    this.#channel.start();
  }

  /** Types a line, again where it was lost, until what it prints is there; the pattern must not match the line. */
  async run(line: string, pattern: RegExp, everyMs = 0): Promise<string> {
    this.printed = '';
    let typedAtMs = Number.NEGATIVE_INFINITY;
    const answers = () => {
      const isDue = everyMs > 0 ? performance.now() - typedAtMs > everyMs : typedAtMs < 0;
      if (isDue) this.#type(line);
      if (isDue) typedAtMs = performance.now();
      return pattern.test(this.printed);
    };
    await eventually(answers, `the answer to ${line}`);
    return pattern.exec(this.printed)?.[0] ?? '';
  }

  async signIn(): Promise<void> {
    await this.run('', /login: /, 2_000);
    await this.run('root', /# /);
  }

  dispose(): void {
    this.#channel.dispose();
  }

  #type(line: string): void {
    this.#channel.write(new TextEncoder().encode(`${line}\r`));
  }
}
