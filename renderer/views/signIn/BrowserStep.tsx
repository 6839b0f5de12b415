import { useRef } from 'react';

import { shell } from '../../link/shell.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { copy } from '../copy.ts';
import styles from './SignInDialog.module.css';

/** The person signs in at the provider, in a browser; this waits for it. */
export function BrowserStep({ url, onBack, onClose }: { url: string; onBack: () => void; onClose: () => void }) {
  const link = useRef<HTMLAnchorElement>(null);
  const isOpened = shell() !== undefined;
  const footer = (
    <>
      <Button kind="ghost" onClick={onBack}>
        Back
      </Button>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
    </>
  );
  return (
    <Dialog
      title="Sign in with your browser"
      help="Your identity provider asks who you are, and sends the answer to this computer."
      onClose={onClose}
      footer={footer}
      first={link}
      widthPx={440}
    >
      <div className={styles.form}>
        <div className={styles.open}>
          <a ref={link} className={styles.link} href={url} target="_blank" rel="noopener noreferrer">
            <Icon name="outside" size={14} />
            {isOpened ? 'Open the sign-in page again' : 'Open the sign-in page'}
          </a>
          <IconButton icon="copy" label="Copy its address" onClick={() => void copy(url, 'address')} />
        </div>
        <p className={`${styles.waiting} dim`} role="status">
          <Icon name="ring" size={14} spin />
          Waiting for the identity provider. This ends by itself after 5 minutes.
        </p>
      </div>
    </Dialog>
  );
}
