import styles from './Kbd.module.css';

export const isMac = /Mac/.test(globalThis.navigator?.platform ?? '');

/** Shows a shortcut as the platform writes it; written with `Ctrl`. */
export function Kbd({ keys }: { keys: string }) {
  return <kbd className={styles.kbd}>{isMac ? keys.replace('Ctrl', 'Cmd') : keys}</kbd>;
}
