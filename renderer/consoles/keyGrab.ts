/**
 * Who gets a key: the guest, the page, or nobody.
 *
 * away: the console has no focus, keys are the page's. guest: every key goes to the guest. armed: the release key is
 * down and nothing else came yet. command: the release key is held and other keys run the page's shortcuts.
 */
export type KeyGrabState = 'away' | 'guest' | 'armed' | 'command';
export type KeyGrabInput = 'focus' | 'blur' | 'releaseDown' | 'releaseUp' | 'down' | 'up';

export interface KeyGrabStep {
  readonly state: KeyGrabState;
  readonly to: 'guest' | 'page' | 'nobody';
  /** Every key that the guest believes to be held goes up, before anything else. */
  readonly lift?: true;
  /** The focus goes back to the page. */
  readonly giveBack?: true;
}

const step = (state: KeyGrabState, to: KeyGrabStep['to']): KeyGrabStep => ({ state, to });
const lifting = (state: KeyGrabState, to: KeyGrabStep['to']): KeyGrabStep => ({ state, to, lift: true });

/** The legal moves. What is not listed changes nothing and goes to nobody. */
export const keyGrabMoves: Readonly<Record<KeyGrabState, Readonly<Partial<Record<KeyGrabInput, KeyGrabStep>>>>> = {
  away: {
    focus: step('guest', 'nobody'),
    releaseDown: step('away', 'page'),
    releaseUp: step('away', 'page'),
    down: step('away', 'page'),
    up: step('away', 'page'),
  },
  guest: {
    blur: lifting('away', 'nobody'),
    releaseDown: step('armed', 'nobody'),
    down: step('guest', 'guest'),
    up: step('guest', 'guest'),
  },
  armed: {
    blur: lifting('away', 'nobody'),
    releaseUp: { state: 'away', to: 'nobody', lift: true, giveBack: true },
    down: lifting('command', 'page'),
    up: step('armed', 'guest'), // a key that was down before
  },
  command: {
    blur: lifting('away', 'nobody'),
    releaseUp: step('guest', 'nobody'),
    down: step('command', 'page'),
    up: step('command', 'page'),
  },
};

export class KeyGrab {
  #state: KeyGrabState = 'away';

  get state(): KeyGrabState {
    return this.#state;
  }

  take(input: KeyGrabInput): KeyGrabStep {
    const move = keyGrabMoves[this.#state][input] ?? step(this.#state, 'nobody');
    this.#state = move.state;
    return move;
  }
}

/** What a key event is to the grab. */
export function keyGrabInput(event: Pick<KeyboardEvent, 'type' | 'code'>, releaseKey: string): KeyGrabInput {
  const isDown = event.type === 'keydown';
  if (event.code === releaseKey) return isDown ? 'releaseDown' : 'releaseUp';
  return isDown ? 'down' : 'up';
}
