import { describe, expect, it } from 'vitest';

import { type ModifierState, staleModifiers } from '../../../renderer/consoles/vnc/guestKeys.ts';

function event(part: Partial<ModifierState>, altGraph = false): ModifierState {
  return {
    code: 'KeyA',
    metaKey: false,
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    ...part,
    getModifierState: (name) => name === 'AltGraph' && altGraph,
  };
}

describe('stale modifiers', () => {
  it('lets go of Win after the system took Win+Space', () => {
    expect(staleModifiers(event({}), new Set(['MetaLeft']))).toEqual(['MetaLeft']);
  });

  it('keeps what the event says is still held', () => {
    expect(staleModifiers(event({ shiftKey: true, ctrlKey: true }), new Set(['ShiftLeft', 'ControlRight']))).toEqual(
      [],
    );
  });

  it('concludes nothing from the modifier itself, whose flag comes late', () => {
    expect(staleModifiers(event({ code: 'ShiftLeft' }), new Set(['ShiftLeft']))).toEqual([]);
  });

  it('concludes nothing while Alt Gr is down', () => {
    expect(staleModifiers(event({}, true), new Set(['ControlLeft', 'AltRight']))).toEqual([]);
  });
});
