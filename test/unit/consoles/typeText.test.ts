import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { typeText } from '../../../renderer/consoles/vnc/typeText.ts';
import { usChars, usKeys } from '../../../renderer/consoles/vnc/usKeys.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

/** A guest that, as QEMU does, goes by keys: what a US keyboard gives for them. */
class KeyGuest {
  text = '';
  readonly held = new Set<string>();
  readonly codes: string[] = [];
  isCapsLockOn = false;

  press = (_keysym: number, code: string, isDown: boolean): void => {
    this.codes.push(`${isDown ? '+' : '-'}${code}`);
    if (!isDown) {
      this.held.delete(code);
      return;
    }
    expect(this.held.has(code), `${code} was down already`).toBe(false);
    this.held.add(code);
    if (code !== 'ShiftLeft') this.text += this.#char(code);
  };

  #char(code: string): string {
    if (code === 'Enter') return '\n';
    if (code === 'Tab') return '\t';
    const key = usKeys.get(code);
    if (!key) throw new Error(`no key ${code}`);
    const withShift = this.held.has('ShiftLeft') !== (this.isCapsLockOn && code.startsWith('Key'));
    return String.fromCharCode((withShift ? key.shiftKeysym : undefined) ?? key.keysym);
  }
}

async function type(guest: KeyGuest, text: string, signal = new AbortController().signal) {
  const clock = new FakeClock();
  const progress: string[] = [];
  let result: { skipped: string } | undefined;
  const typing = typeText(text, {
    signal,
    clock,
    press: guest.press,
    isCapsLockOn: () => guest.isCapsLockOn,
    onProgress: (typed, total) => progress.push(`${typed}/${total}`),
  }).then((value) => {
    result = value;
  });
  while (!result) await clock.advanceAsync(100);
  await typing;
  expect(clock.timerCount).toBe(0);
  return { ...result, progress };
}

describe('typing text as keys', () => {
  it('types every character of a US keyboard so that the guest reads the same', async () => {
    const all = [...usChars.keys()].join('');
    expect(usChars.size).toBe(26 * 2 + 21 * 2 + 3);
    const guest = new KeyGuest();
    expect(await type(guest, all)).toMatchObject({ skipped: '' });
    expect(guest.text).toBe(all);
    expect(guest.held.size).toBe(0);
  });

  it('presses Shift as a key of its own, once for a run of shifted characters', async () => {
    const guest = new KeyGuest();
    await type(guest, 'aBC!d');
    expect(guest.codes.filter((code) => code.endsWith('ShiftLeft'))).toEqual(['+ShiftLeft', '-ShiftLeft']);
    expect(guest.codes.indexOf('+ShiftLeft')).toBeLessThan(guest.codes.indexOf('+KeyB'));
    expect(guest.codes.indexOf('-ShiftLeft')).toBeLessThan(guest.codes.indexOf('+KeyD'));
  });

  it('types the right case while Caps Lock is on in the guest', async () => {
    const guest = new KeyGuest();
    guest.isCapsLockOn = true;
    await type(guest, 'Pass-WORD_1');
    expect(guest.text).toBe('Pass-WORD_1');
  });

  it('returns characters that no key gives, whole, and types the rest', async () => {
    const guest = new KeyGuest();
    expect(await type(guest, 'grün €5 👍🏽 ok')).toMatchObject({ skipped: 'ü€👍🏽' });
    expect(guest.text).toBe('grn 5  ok');
  });

  it('ends lines with Enter, whatever the text ends them with', async () => {
    const guest = new KeyGuest();
    const { progress } = await type(guest, 'a\r\nb\rc\n');
    expect(guest.text).toBe('a\nb\nc\n');
    expect(progress.at(-1)).toBe('6/6');
  });

  it('stops at the signal, lets Shift go and returns what is left', async () => {
    const guest = new KeyGuest();
    const abort = new AbortController();
    const clock = new FakeClock();
    const typing = typeText('ABCDEF', { signal: abort.signal, clock, press: guest.press, isCapsLockOn: () => false });
    await clock.advanceAsync(12);
    abort.abort();
    expect(await typing).toEqual({ skipped: 'CDEF' });
    expect(guest.held.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it('types or returns every character of any text, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 40 }), async (text) => {
        const guest = new KeyGuest();
        const { skipped } = await type(guest, text);
        const kept = Array.from(text.replace(/\r\n?/g, '\n'));
        expect(guest.text).toBe(kept.filter((char) => usChars.has(char)).join(''));
        expect(skipped).toBe(kept.filter((char) => !usChars.has(char)).join(''));
      }),
      { numRuns: 50 },
    );
  });
});
