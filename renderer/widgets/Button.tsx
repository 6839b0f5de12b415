import type { ComponentProps, ReactNode } from 'react';

import styles from './button.module.css';
import { Icon, type IconName } from './Icon.tsx';

type Native = Omit<ComponentProps<'button'>, 'className' | 'type'>;

interface ButtonProps extends Native {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'ghost';
  readonly isSmall?: boolean;
  readonly type?: 'button' | 'submit';
}

export function Button({ kind = 'plain', isSmall = false, type = 'button', ...rest }: ButtonProps) {
  const look = kind === 'plain' ? '' : styles[kind];
  return <button type={type} className={`${styles.button} ${look} ${isSmall ? styles.small : ''}`} {...rest} />;
}

interface IconButtonProps extends Native {
  readonly icon: IconName;
  /** Its accessible name and its tooltip. */
  readonly label: string;
  readonly size?: 12 | 14 | 16;
}

export function IconButton({ icon, label, size = 16, title = label, ...rest }: IconButtonProps) {
  return (
    <button type="button" className={styles.iconButton} aria-label={label} title={title} {...rest}>
      <Icon name={icon} size={size} />
    </button>
  );
}

interface ToolButtonProps extends Native {
  readonly icon: IconName;
  readonly children: ReactNode;
  readonly hasMenu?: boolean;
}

/** A worded action in a toolbar. */
export function ToolButton({ icon, children, hasMenu = false, ...rest }: ToolButtonProps) {
  const title = typeof children === 'string' ? children : undefined;
  return (
    <button type="button" className={styles.tool} title={title} {...rest}>
      <Icon name={icon} />
      <span className={styles.words} data-words="">
        {children}
      </span>
      {hasMenu && <Icon name="down" size={12} className={styles.chevron ?? ''} />}
    </button>
  );
}

export const Separator = () => <span className={styles.separator} aria-hidden="true" />;
