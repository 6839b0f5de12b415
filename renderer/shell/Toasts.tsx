import { createPortal } from 'react-dom';

import { useConsoles } from '../state/consoles.ts';
import { usePopOuts } from '../state/popOuts.ts';
import { closeToast, holdToast, type Toast, useToasts } from '../state/toasts.ts';
import { Button, IconButton } from '../widgets/Button.tsx';
import { Icon } from '../widgets/Icon.tsx';
import styles from './Toasts.module.css';

const icons = {
  done: ['done', 'ok'],
  info: ['info', 'info'],
  warning: ['alert', 'warn'],
  failed: ['fail', 'bad'],
} as const;

/** Bottom right, three at most. They keep away from a console that has the keys: then they stand by the status bar. */
export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  const front = usePopOuts(({ list, frontPanelId }) => list.find(({ panelId }) => panelId === frontPanelId));
  const isConsoleInUse = useConsoles((consoles) => consoles.keyboardPanelId !== undefined);
  const section = (
    <section
      className={`${styles.toasts} ${isConsoleInUse ? styles.aside : ''}`}
      aria-label="Notifications"
      aria-live="polite"
    >
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  );
  return front ? createPortal(section, front.window.document.body) : section;
}

function ToastCard({ toast }: { toast: Toast }) {
  const [icon, color] = icons[toast.kind];
  const { action } = toast;
  return (
    <div
      className={styles.toast}
      role={toast.kind === 'failed' || toast.kind === 'warning' ? 'alert' : undefined}
      onPointerEnter={() => holdToast(toast.id, true)}
      onPointerLeave={() => holdToast(toast.id, false)}
      onFocus={() => holdToast(toast.id, true)}
      onBlur={() => holdToast(toast.id, false)}
    >
      <span className={color}>
        <Icon name={icon} />
      </span>
      <p title={toast.text}>{toast.text}</p>
      {action && (
        <Button
          isSmall
          onClick={() => {
            closeToast(toast.id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton icon="close" size={12} label="Close this notification" onClick={() => closeToast(toast.id)} />
    </div>
  );
}
