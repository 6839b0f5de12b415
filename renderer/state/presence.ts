/**
 * Runs `run` with the first sign of a person at this window: the pointer moves over it, or a key is pressed. A window
 * that comes up under a pointer that lies still is told of one move too.
 */
export function onPresence(run: () => void): void {
  const signs = ['pointermove', 'pointerdown', 'keydown', 'wheel'] as const;
  let at: { readonly x: number; readonly y: number } | undefined;
  const handleSign = (event: Event) => {
    if (event.type === 'pointermove') {
      const { screenX: x, screenY: y } = event as PointerEvent;
      const isStill = at === undefined || (at.x === x && at.y === y);
      at = { x, y };
      if (isStill) return;
    }
    for (const sign of signs) window.removeEventListener(sign, handleSign, true);
    run();
  };
  for (const sign of signs) window.addEventListener(sign, handleSign, { capture: true, passive: true });
}
