const MOST_FRAMES = 60; // a chunk that has to be loaded first; later the person is elsewhere

/** Focuses what `find` finds once it is there, unless the focus has been moved meanwhile. */
export function focusSoon(find: () => HTMLElement | null | undefined): void {
  const before = document.activeElement;
  let frames = 0;
  const look = () => {
    const hasMoved = document.activeElement !== before && document.activeElement !== document.body;
    const element = find();
    if (element && !hasMoved) element.focus();
    else if (!hasMoved && ++frames < MOST_FRAMES) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
