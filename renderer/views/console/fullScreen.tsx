import { type RefObject, useEffect, useState } from 'react';

import { systemClock } from '../../../shared/base/clock.ts';
import { releaseKeyName, useSettings } from '../../state/settings.ts';
import { Kbd } from '../../widgets/Kbd.tsx';
import styles from './fullScreen.module.css';

const SHOWN_MS = 3_000;

/** Chromium's Keyboard Lock: in full screen also Escape, Alt Tab and the Windows key go to the page. */
interface KeyboardLock {
  lock?: () => Promise<void>;
}

export async function toggleFullScreen(element: HTMLElement): Promise<void> {
  const { ownerDocument } = element;
  if (ownerDocument.fullscreenElement) return ownerDocument.exitFullscreen();
  await element.requestFullscreen();
  const { keyboard } = (ownerDocument.defaultView ?? window).navigator as Navigator & {
    readonly keyboard?: KeyboardLock;
  };
  // Not every browser has it or allows it; without it Escape leaves full screen.
  await keyboard?.lock?.().catch(() => undefined);
}

/** Says for three seconds how full screen is left. */
export function FullScreenHint(props: { panel: RefObject<HTMLElement | null>; isFull: boolean }) {
  const { panel, isFull } = props;
  const [isShown, setShown] = useState(isFull);
  const releaseKey = useSettings((settings) => settings.releaseKey);
  useEffect(() => {
    const own = panel.current?.ownerDocument ?? document;
    const handleChange = () => setShown(own.fullscreenElement !== null && own.fullscreenElement === panel.current);
    own.addEventListener('fullscreenchange', handleChange);
    return () => own.removeEventListener('fullscreenchange', handleChange);
  }, [panel]);
  useEffect(() => {
    if (!isShown) return undefined;
    const timer = systemClock.timer(SHOWN_MS, () => setShown(false));
    return () => timer.dispose();
  }, [isShown]);
  if (!isShown) return null;
  return (
    <div className={styles.hint} role="status">
      <Kbd keys={releaseKeyName(releaseKey)} /> and then <Kbd keys="F11" /> leaves full screen
    </div>
  );
}
