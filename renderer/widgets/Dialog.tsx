import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';

import { IconButton } from './Button.tsx';
import styles from './Dialog.module.css';
import { usePortalHome } from './portalHome.ts';

interface DialogProps {
  readonly title: string;
  readonly help?: ReactNode;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly widthPx?: number;
  readonly onClose: () => void;
  /** What gets the focus; else the first field. */
  readonly first?: RefObject<HTMLElement | null>;
  /** An `alertdialog`: asks before something that cannot be undone. */
  readonly isAlert?: boolean;
}

/** Title, one line of help, content, footer with the main action right. Escape and the scrim close it. */
export function Dialog({ title, help, children, footer, widthPx = 560, onClose, first, isAlert }: DialogProps) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal {...usePortalHome()}>
        <Base.Backdrop className={styles.scrim ?? ''} />
        <Base.Popup
          className={styles.card ?? ''}
          style={{ width: widthPx }}
          {...(first ? { initialFocus: first } : {})}
          {...(isAlert ? { role: 'alertdialog' } : {})}
        >
          <header className={styles.head}>
            <div className="grow">
              <Base.Title className={styles.title ?? ''}>{title}</Base.Title>
              {help && <Base.Description className={styles.help ?? ''}>{help}</Base.Description>}
            </div>
            <Base.Close render={<IconButton icon="close" label="Close" />} />
          </header>
          <div className={styles.body}>{children}</div>
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
