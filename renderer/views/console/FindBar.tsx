import { type KeyboardEvent, useEffect, useState } from 'react';

import { IconButton } from '../../widgets/Button.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import type { ConsoleController } from './consoleController.ts';
import styles from './FindBar.module.css';

/** Finds text in a terminal's scrollback. */
export function FindBar({ controller, onClose }: { controller: ConsoleController; onClose: () => void }) {
  const [text, setText] = useState('');
  const [isFound, setFound] = useState(true);
  const terminal = controller.view?.kind === 'terminal' ? controller.view.view : undefined;
  useEffect(() => () => terminal?.clearFind(), [terminal]);
  const find = (wanted: string, isBackwards: boolean) => {
    if (!wanted) {
      terminal?.clearFind();
      return setFound(true);
    }
    setFound((isBackwards ? terminal?.findPrevious(wanted) : terminal?.findNext(wanted)) ?? false);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') find(text, event.shiftKey);
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.bar} role="search">
      <Icon name="search" size={14} className="dim" />
      <input
        autoFocus
        aria-label="Find in the terminal"
        placeholder="Find"
        value={text}
        aria-invalid={!isFound}
        onKeyDown={handleKey}
        onChange={(event) => {
          setText(event.target.value);
          find(event.target.value, false);
        }}
      />
      <span className={styles.none} role="status">
        {isFound ? '' : 'not found'}
      </span>
      <IconButton icon="up" size={14} label="Previous, Shift Enter" onClick={() => find(text, true)} />
      <IconButton icon="down" size={14} label="Next, Enter" onClick={() => find(text, false)} />
      <IconButton icon="close" size={14} label="Close, Escape" onClick={onClose} />
    </div>
  );
}
