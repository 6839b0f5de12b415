import { Dialog as Base } from '@base-ui/react/dialog';
import { type ReactNode, type RefObject, useRef } from 'react';

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

/** What a dialog is opened for: not its cross, and no box that a key pressed too soon would tick. */
const FIELDS =
  'input:not(:disabled):not([type="checkbox"]), select, textarea, button:not(:disabled):not([tabindex="-1"]), [tabindex="0"]';

/** Title, one line of help, content, footer with the main action right. Escape and the scrim close it. */
export function Dialog({ title, help, children, footer, widthPx = 560, onClose, first, isAlert }: DialogProps) {
  const card = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal {...usePortalHome()}>
        <Base.Backdrop className={styles.scrim ?? ''} />
        <Base.Popup
          className={styles.card ?? ''}
          style={{ width: widthPx }}
          ref={card}
          initialFocus={first ?? (() => body.current?.querySelector<HTMLElement>(FIELDS) ?? card.current)}
          {...(isAlert ? { role: 'alertdialog' } : {})}
        >
          <header className={styles.head}>
            <div className="grow">
              <Base.Title className={styles.title ?? ''}>{title}</Base.Title>
              {help && <Base.Description className={styles.help ?? ''}>{help}</Base.Description>}
            </div>
            <Base.Close render={<IconButton icon="close" label="Close" />} />
          </header>
          <div ref={body} className={styles.body}>
            {children}
          </div>
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
