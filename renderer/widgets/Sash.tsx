import { type KeyboardEvent, type PointerEvent, useRef } from 'react';

import styles from './Sash.module.css';

const STEP_PX = 16;

/** A line between two areas that can be dragged, or moved with the arrow keys. */
export function Sash(props: {
  label: string;
  direction: 'vertical' | 'horizontal';
  valuePx: number;
  minPx: number;
  maxPx: number;
  /** True where dragging towards the start makes the area larger. */
  isReversed?: boolean;
  onChange: (px: number) => void;
}) {
  const { label, direction, valuePx, minPx, maxPx, isReversed = false, onChange } = props;
  const drag = useRef<{ from: number; px: number } | undefined>(undefined);
  const sign = isReversed ? -1 : 1;
  const set = (px: number) => onChange(Math.round(Math.min(maxPx, Math.max(minPx, px))));
  const at = (event: PointerEvent) => (direction === 'vertical' ? event.clientX : event.clientY);
  const handleKey = (event: KeyboardEvent) => {
    const [less, more] = direction === 'vertical' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    if (event.key === less) set(valuePx - sign * STEP_PX);
    else if (event.key === more) set(valuePx + sign * STEP_PX);
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="separator"
      aria-label={label}
      aria-orientation={direction}
      aria-valuenow={valuePx}
      aria-valuemin={minPx}
      aria-valuemax={maxPx}
      tabIndex={0}
      className={`${styles.sash} ${styles[direction]}`}
      onKeyDown={handleKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { from: at(event), px: valuePx };
      }}
      onPointerMove={(event) => drag.current && set(drag.current.px + sign * (at(event) - drag.current.from))}
      onPointerUp={() => {
        drag.current = undefined;
      }}
    />
  );
}
