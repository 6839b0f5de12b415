import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Lines drawn beyond the visible ones, so that fast scrolling finds them there. */
const OVERSCAN = 20;
/** So close to the end counts as at the end. */
const AT_END_PX = 24;

export interface LineWindow {
  /** The first drawn line, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly isAtEnd: boolean;
  readonly onScroll: () => void;
  readonly scrollTo: (line: number) => void;
  readonly toEnd: () => void;
}

/**
 * Which of many lines of equal height are in sight. Stays at the end while it is there; whoever scrolls up is left
 * alone, also when `first` grows because lines fell out at the start.
 */
export function useLineWindow(
  box: RefObject<HTMLElement | null>,
  { count, first, linePx }: { count: number; first: number; linePx: number },
): LineWindow {
  const [view, setView] = useState({ topPx: 0, heightPx: 0 });
  const [isAtEnd, setAtEnd] = useState(true);
  const wasAtEnd = useRef(true);
  const lastFirst = useRef(first);
  const read = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const isEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    wasAtEnd.current = isEnd;
    setAtEnd(isEnd);
    setView((before) =>
      before.topPx === scrollTop && before.heightPx === clientHeight
        ? before
        : { topPx: scrollTop, heightPx: clientHeight },
    );
  }, [box]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const dropped = first - lastFirst.current;
    lastFirst.current = first;
    if (wasAtEnd.current) element.scrollTop = count * linePx;
    else if (dropped > 0) element.scrollTop -= dropped * linePx;
    read();
  }, [box, count, first, linePx, read]);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => {
      if (wasAtEnd.current) element.scrollTop = element.scrollHeight;
      read();
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [box, read]);
  const from = Math.max(0, Math.floor(view.topPx / linePx) - OVERSCAN);
  const to = Math.min(count, Math.ceil((view.topPx + view.heightPx) / linePx) + OVERSCAN);
  return {
    from: Math.min(from, count),
    to,
    isAtEnd,
    onScroll: read,
    scrollTo: (line) => {
      const element = box.current;
      if (element) element.scrollTop = Math.max(0, line * linePx - element.clientHeight / 2);
    },
    toEnd: () => {
      if (box.current) box.current.scrollTop = box.current.scrollHeight;
    },
  };
}
