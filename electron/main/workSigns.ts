import { app, type BrowserWindow, Menu, nativeImage, nativeTheme, Tray } from 'electron';

import type { ShellWork } from '../../shared/wire/shellWork.ts';
import { trayPicture } from './trayPicture.ts';

const PIXELS = 32;
const UNKNOWN = 2; // Electron's word for a bar that only shows that something goes on

/** How the desktop shows what goes on: the bar of dock or taskbar, the badge, and a tray while something runs. */
export class WorkSigns {
  readonly #onShow: () => void;
  #tray: Tray | undefined;

  constructor(onShow: () => void) {
    this.#onShow = onShow;
  }

  show(work: ShellWork, window: BrowserWindow | undefined): void {
    const { running, attention, fraction } = work;
    const mode = attention > 0 ? 'paused' : 'normal';
    window?.setProgressBar(running === 0 ? -1 : (fraction ?? UNKNOWN), { mode });
    app.setBadgeCount(attention);
    if (running === 0) this.#removeTray();
    else this.#showTray(work);
  }

  #removeTray(): void {
    this.#tray?.destroy();
    this.#tray = undefined;
  }

  #showTray({ running, attention, fraction }: ShellWork): void {
    const isMac = process.platform === 'darwin';
    const bitmap = trayPicture(PIXELS, !isMac && nativeTheme.shouldUseDarkColors, attention > 0);
    const size = { width: PIXELS, height: PIXELS, scaleFactor: 2 };
    const picture = nativeImage.createFromBitmap(Buffer.from(bitmap.buffer), size);
    picture.setTemplateImage(isMac);
    if (this.#tray) this.#tray.setImage(picture);
    else {
      this.#tray = new Tray(picture);
      this.#tray.on('click', this.#onShow);
    }
    const percent = fraction === undefined ? '' : `, ${Math.floor(fraction * 100)} %`;
    const need = attention === 0 ? '' : `, ${attention} ${attention === 1 ? 'needs' : 'need'} someone`;
    const words = `Sluice: ${running} running${percent}${need}`;
    this.#tray.setToolTip(words);
    this.#tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words, enabled: false },
        { type: 'separator' },
        { label: 'Show Sluice', click: this.#onShow },
        { label: 'Quit', click: () => app.quit() },
      ]),
    );
  }
}
