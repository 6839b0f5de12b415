import styles from './Icon.module.css';
import { type IconName, iconShapes } from './iconShapes.tsx';

export type { IconName } from './iconShapes.tsx';

/** Decorative: the words beside it or the label of its button say what it means. */
export function Icon(props: { name: IconName; size?: 12 | 14 | 16 | 20; spin?: boolean; className?: string }) {
  const { name, size = 16, spin = false, className = '' } = props;
  const classes = `${styles.icon} ${styles[`s${size}`]} ${spin ? styles.spin : ''} ${className}`;
  return (
    <svg className={classes} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {iconShapes[name]}
    </svg>
  );
}
