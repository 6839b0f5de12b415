import { type Disposable, toDisposable } from '../../shared/base/lifecycle.ts';

/** When the next picture is on the screen. */
export interface Frames {
  /** Calls `fn` once, after what was drawn by now is painted; soon when nothing is painted at all. */
  next(fn: () => void): Disposable;
}

// A window that is covered, minimised or on another desktop may get no frames though it is not `hidden`.
const longestFrameMs = 250;

/** Frames of the window that `element` is in now. A hidden window gets none: there `fn` runs at once, as a task. */
export function framesOf(element: Element): Frames {
  return {
    next(fn) {
      const document = element.ownerDocument;
      const window = document.defaultView;
      if (!window || document.hidden) return soon(fn);
      let run = (): void => {
        stop();
        fn();
      };
      const call = (): void => run();
      const frame = window.requestAnimationFrame(call);
      const timer = setTimeout(call, longestFrameMs);
      document.addEventListener('visibilitychange', call);
      const stop = (): void => {
        run = () => undefined;
        window.cancelAnimationFrame(frame);
        clearTimeout(timer);
        document.removeEventListener('visibilitychange', call);
      };
      return toDisposable(stop);
    },
  };
}

/** As a task of its own. Not a timer: those are held back for a second and more in hidden windows. */
function soon(fn: () => void): Disposable {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    fn();
  };
  port2.postMessage(undefined);
  return toDisposable(() => port1.close());
}
