import { Notification } from 'electron';

import type { ShellNotice } from '../../shared/wire/shellWork.ts';

const MOST = 50; // held for their click; the desktop has forgotten older ones

/** Notifications of the desktop. A newer one of the same ID takes the place of the older. */
export class Notices {
  readonly #shown = new Map<string, Notification>();
  readonly #onClick: (id: string) => void;

  constructor(onClick: (id: string) => void) {
    this.#onClick = onClick;
  }

  show({ id, title, body }: ShellNotice): void {
    if (!Notification.isSupported()) return;
    this.#forget(id);
    const notice = new Notification({ title, body });
    notice.on('click', () => this.#onClick(id));
    this.#shown.set(id, notice);
    const [oldest] = this.#shown.keys();
    if (this.#shown.size > MOST && oldest !== undefined) this.#forget(oldest);
    notice.show();
  }

  #forget(id: string): void {
    this.#shown.get(id)?.close();
    this.#shown.delete(id);
  }
}
