import { describe, expect, it } from 'vitest';

import {
  KeyGrab,
  type KeyGrabInput,
  type KeyGrabState,
  keyGrabInput,
  keyGrabMoves,
} from '../../../renderer/consoles/keyGrab.ts';

const inputs: KeyGrabInput[] = ['focus', 'blur', 'releaseDown', 'releaseUp', 'down', 'up'];
const states = Object.keys(keyGrabMoves) as KeyGrabState[];

/** Takes inputs from `away` on and tells who got each key. */
function play(...taken: KeyGrabInput[]): { grab: KeyGrab; to: string[]; lifts: number; givenBack: number } {
  const grab = new KeyGrab();
  const steps = taken.map((input) => grab.take(input));
  return {
    grab,
    to: steps.map((step) => step.to),
    lifts: steps.filter((step) => step.lift).length,
    givenBack: steps.filter((step) => step.giveBack).length,
  };
}

describe('key grab', () => {
  it('gives every key to the guest while focused, and to the page else', () => {
    expect(play('down', 'up', 'focus', 'down', 'up').to).toEqual(['page', 'page', 'nobody', 'guest', 'guest']);
  });

  it('gives the keyboard back when the release key goes down and up alone', () => {
    const { grab, to, givenBack, lifts } = play('focus', 'releaseDown', 'releaseUp');
    expect(to).toEqual(['nobody', 'nobody', 'nobody']);
    expect([grab.state, givenBack, lifts]).toEqual(['away', 1, 1]);
  });

  it('lets the page run a shortcut while the release key is held, and goes on with the guest after it', () => {
    const { grab, to, lifts, givenBack } = play('focus', 'releaseDown', 'down', 'up', 'releaseUp', 'down');
    expect(to).toEqual(['nobody', 'nobody', 'page', 'page', 'nobody', 'guest']);
    expect([grab.state, lifts, givenBack]).toEqual(['guest', 1, 0]);
  });

  it('lets a key that was held before the release key go up in the guest', () => {
    expect(play('focus', 'down', 'releaseDown', 'up').to).toEqual(['nobody', 'guest', 'nobody', 'guest']);
  });

  it('stays with the page when its shortcut moved the focus away', () => {
    expect(play('focus', 'releaseDown', 'down', 'blur', 'up', 'releaseUp').to.slice(4)).toEqual(['page', 'page']);
  });

  it.each(states.filter((state) => state !== 'away'))('lifts every held key on blur in %s', (state) => {
    expect(keyGrabMoves[state].blur).toMatchObject({ state: 'away', lift: true });
  });

  it('never sends a key to the guest unless it has the focus, whatever comes', () => {
    for (const state of states) {
      for (const input of inputs) {
        const step = keyGrabMoves[state][input];
        if (step?.to === 'guest') expect(['guest', 'armed']).toContain(state);
      }
    }
    expect(Object.values(keyGrabMoves.away).every((step) => step.to !== 'guest')).toBe(true);
  });

  it('tells the release key from all others', () => {
    expect(keyGrabInput({ type: 'keydown', code: 'ControlRight' }, 'ControlRight')).toBe('releaseDown');
    expect(keyGrabInput({ type: 'keyup', code: 'ControlRight' }, 'ControlRight')).toBe('releaseUp');
    expect(keyGrabInput({ type: 'keydown', code: 'ControlLeft' }, 'ControlRight')).toBe('down');
    expect(keyGrabInput({ type: 'keyup', code: 'KeyA' }, 'ControlRight')).toBe('up');
  });
});
