/**
 * Hands the page's key events to noVNC, which knows the quirks of platforms (Alt Gr on Windows, Option and Command on
 * macOS, Japanese keys) and listens on its canvas. The focus is not there but on an element around it, which stays
 * when the stream and with it the canvas is replaced.
 */
export class GuestKeys {
  readonly #heldModifiers = new Set<string>();

  forward(event: KeyboardEvent, canvas: EventTarget): void {
    this.release(staleModifiers(event, this.#heldModifiers), canvas);
    if (event.code in modifierFlags) {
      if (event.type === 'keydown') this.#heldModifiers.add(event.code);
      else this.#heldModifiers.delete(event.code);
    }
    canvas.dispatchEvent(copyOf(event));
  }

  /** As if the person had let go of them; noVNC ignores keys it does not know to be down. */
  release(codes: readonly string[], canvas: EventTarget): void {
    for (const code of codes) {
      this.#heldModifiers.delete(code);
      // On macOS noVNC reads a Caps Lock release as a press, and it never holds that key down.
      if (code !== 'CapsLock') canvas.dispatchEvent(new KeyboardEvent('keyup', { code, key: 'Unidentified' }));
    }
  }
}

const modifierFlags: Readonly<Record<string, 'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey'>> = {
  MetaLeft: 'metaKey',
  MetaRight: 'metaKey',
  ControlLeft: 'ctrlKey',
  ControlRight: 'ctrlKey',
  AltLeft: 'altKey',
  AltRight: 'altKey',
  ShiftLeft: 'shiftKey',
  ShiftRight: 'shiftKey',
};

export type ModifierState = Pick<
  KeyboardEvent,
  'code' | 'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'getModifierState'
>;

/**
 * Modifiers that went down here and whose release went to the system, as with Win+Space or Alt+Tab: the next event
 * says that they are up. While Alt Gr is down the flags mean other things, so nothing is concluded.
 */
export function staleModifiers(event: ModifierState, held: ReadonlySet<string>): string[] {
  if (event.code in modifierFlags || event.getModifierState('AltGraph')) return [];
  return [...held].filter((code) => {
    const flag = modifierFlags[code];
    return flag !== undefined && !event[flag];
  });
}

function copyOf(event: KeyboardEvent): KeyboardEvent {
  return new KeyboardEvent(event.type, {
    code: event.code,
    key: event.key,
    location: event.location,
    repeat: event.repeat,
    keyCode: event.keyCode, // what noVNC falls back to where `code` is empty
    ctrlKey: event.ctrlKey,
    shiftKey: event.shiftKey,
    altKey: event.altKey,
    metaKey: event.metaKey,
    modifierCapsLock: event.getModifierState('CapsLock'),
    modifierNumLock: event.getModifierState('NumLock'),
    modifierAltGraph: event.getModifierState('AltGraph'),
    cancelable: true,
  });
}
