import type { Clock } from '../../../shared/base/clock.ts';
import { type TypedChar, usChars } from './usKeys.ts';

/** Presses (`isDown`) or releases one key. */
export type PressKey = (keysym: number, code: string, isDown: boolean) => void;

export interface TypeTextOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly press: PressKey;
  /** Caps Lock is on in the guest: letters need the other Shift. */
  readonly isCapsLockOn: () => boolean;
  readonly onProgress?: (typed: number, total: number) => void;
}

// A PS/2 keyboard holds 16 bytes and a key costs up to 6, so a slow guest loses keys that come in one burst.
const charMs = 8; // 125 characters a second
const lineMs = 60; // a shell or an installer does something at the end of a line

/**
 * Types text as a person at a US keyboard would. A server that goes by key positions (QEMU) knows only the key, so
 * Shift is pressed and released as a key of its own: pressed once for a run of shifted characters.
 * Resolves with what was not typed: characters without a key, and the rest when the signal came.
 */
export async function typeText(text: string, options: TypeTextOptions): Promise<{ skipped: string }> {
  const chars = Array.from(text.replace(/\r\n?/g, '\n'));
  const shift = new ShiftKey(options.press);
  let skipped = '';
  try {
    for (const [index, char] of chars.entries()) {
      if (options.signal.aborted) return { skipped: skipped + chars.slice(index).join('') };
      const key = usChars.get(char);
      if (key) {
        shift.set(needsShift(key, options.isCapsLockOn()));
        options.press(key.keysym, key.code, true);
        options.press(key.keysym, key.code, false);
        await pause(options, char === '\n' ? lineMs : charMs);
      } else skipped += char;
      options.onProgress?.(index + 1, chars.length);
    }
    return { skipped };
  } finally {
    shift.set(false);
  }
}

class ShiftKey {
  readonly #press: PressKey;
  #isDown = false;

  constructor(press: PressKey) {
    this.#press = press;
  }

  set(isDown: boolean): void {
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    this.#press(0xffe1, 'ShiftLeft', isDown);
  }
}

function needsShift(key: TypedChar, isCapsLockOn: boolean): boolean {
  return key.code.startsWith('Key') ? key.withShift !== isCapsLockOn : key.withShift;
}

/** Resolves after `ms`, or at once when the signal comes. */
function pause({ clock, signal }: TypeTextOptions, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      timer.dispose();
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const timer = clock.timer(ms, stop);
    signal.addEventListener('abort', stop);
  });
}
