import { describe, expect, it } from 'vitest';

import { TerminalInput } from '../../../../electron/lab/console/terminalInput.ts';

interface Played {
  readonly input: TerminalInput;
  readonly written: string[];
  readonly sizes: string[];
  /** The terminal takes no more till `handleDrain`. */
  block(isBlocked: boolean): void;
}

function play(losesHeaders = true): Played {
  let isBlocked = false;
  const written: string[] = [];
  const sizes: string[] = [];
  const sink = {
    write: (bytes: Buffer) => {
      written.push(bytes.toString('latin1'));
      return !isBlocked;
    },
    resize: (cols: number, rows: number) => void sizes.push(`${cols}x${rows}`),
  };
  const input = new TerminalInput(sink, () => losesHeaders);
  input.handleDrain();
  const block = (blocks: boolean) => {
    isBlocked = blocks;
  };
  return { input, written, sizes, block };
}
const push = ({ input }: Played, text: string): void => input.push(Buffer.from(text, 'latin1'), () => undefined);

describe('what a terminal is sent', () => {
  it('is read whole from one piece, however many messages it holds', () => {
    const played = play();
    push(played, '20:2:ls1:100:30:0:1:\r2');
    expect([played.written.join(''), played.sizes]).toEqual(['ls\r', ['100x30']]);
  });

  it('skips byte by byte what it does not know', () => {
    const played = play();
    push(played, 'ab3:0:0:0:2:ok');
    expect(played.written.join('')).toBe('ok');
  });

  it('loses a message whose header is cut, and finds its way back', () => {
    const played = play();
    push(played, '0:');
    push(played, '3:abc');
    push(played, '0:2:ok');
    expect(played.written.join('')).toBe('ok');
  });

  it('keeps it when it is told to be kind, at any cut', () => {
    const whole = '0:12:hello worlds1:80:25:0:2:ok2';
    for (let cut = 1; cut < whole.length; cut += 1) {
      const played = play(false);
      push(played, whole.slice(0, cut));
      push(played, whole.slice(cut));
      expect([cut, played.written.join(''), played.sizes]).toEqual([cut, 'hello worldsok', ['80x25']]);
    }
  });

  it('loses messages that queue behind a blocked terminal, where 4,096 bytes cut a header', () => {
    const message = `0:18:${'x'.repeat(18)}`; // 178 of them leave two bytes of the buffer: a header's first two
    const played = play();
    played.block(true);
    push(played, '0:1:x');
    for (let count = 0; count < 1000; count += 1) push(played, message);
    played.block(false);
    played.input.handleDrain();
    const text = played.written.join('');
    expect(text.length).toBeLessThan(1 + 18 * 1000);
    expect(text.length).toBeGreaterThan(18 * 900);
  });

  it('takes no more than its buffer while the terminal blocks', () => {
    const played = play();
    let taken = 0;
    played.block(true);
    push(played, '0:1:x');
    for (let count = 0; count < 100; count += 1)
      played.input.push(Buffer.from(`0:96:${'x'.repeat(96)}`), () => taken++);
    expect(taken).toBe(40); // 40 of 101 bytes in 4,096
    played.block(false);
    played.input.handleDrain();
    expect(taken).toBe(100);
  });
});
