import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow, clipboard, dialog, type WebContents, webContents } from 'electron';

import { systemClock } from '../../shared/base/clock.ts';
import { CrashLog } from './crashLog.ts';
import { Recovery } from './recovery.ts';

const MOST_DEATHS = 4; // of a page, within a minute
const DEATHS_WITHIN_MS = 60_000;

export interface CrashesOptions {
  readonly dataDir: string;
  readonly window: () => BrowserWindow | undefined;
}

/**
 * What died and comes back: the page is loaded again in its window and opens its consoles itself. What dies again and
 * again is given up with a sentence, and a report that the person can send.
 */
export class Crashes {
  readonly #options: CrashesOptions;
  readonly #log: CrashLog;
  readonly #page: Recovery;
  /** One question at a time. */
  #asking: Promise<void> = Promise.resolve();

  constructor(options: CrashesOptions) {
    this.#options = options;
    const { electron, chrome, node } = process.versions;
    const system = `${process.platform} ${process.getSystemVersion()} ${process.arch}`;
    this.#log = new CrashLog(
      `Sluice ${app.getVersion()} with Electron ${electron}, Chromium ${chrome}, Node ${node} on ${system}`,
    );
    this.#page = new Recovery({
      clock: systemClock,
      most: MOST_DEATHS,
      withinMs: DEATHS_WITHIN_MS,
      start: () => options.window()?.webContents.reload(),
      giveUp: () => void this.giveUp('The window', () => this.#page.again()),
    });
    app.on('render-process-gone', (_event, contents, { reason, exitCode }) => {
      this.#handlePage(contents, reason, exitCode);
    });
    const follow = (contents: WebContents) => contents.on('unresponsive', () => void this.#askAboutHanging(contents));
    for (const contents of webContents.getAllWebContents()) follow(contents); // the main window comes first
    app.on('web-contents-created', (_event, contents) => void follow(contents));
    app.on('child-process-gone', (_event, { type, name, reason, exitCode }) => {
      if (reason !== 'clean-exit') this.note(`${name ?? type} ended: ${reason}, code ${exitCode}`);
    });
  }

  note(event: string): void {
    console.error(event);
    this.#log.note(systemClock.wallMs(), event);
  }

  /** What the engine wrote to its standard error. */
  heard(text: string): void {
    this.#log.heard(text);
  }

  /** Says that it does not come back by itself, until the person has it tried again or ends the program. */
  async giveUp(what: string, again: () => void): Promise<void> {
    this.note(`${what} is not started any more`);
    const path = join(this.#options.dataDir, 'last-crash.txt');
    try {
      writeFileSync(path, this.#log.report(), { mode: 0o600 });
    } catch (error) {
      console.error(`The report could not be written: ${String(error)}`);
    }
    this.#asking = this.#asking.then(async () => {
      if (await this.#ask(what, path)) again();
      else app.quit();
    });
    await this.#asking;
  }

  async #ask(what: string, path: string): Promise<boolean> {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      title: 'Sluice',
      message: `${what} of Sluice ended again and again.`,
      detail:
        'Guests and tasks on the server go on. The report says versions, times and what the engine said last, without ' +
        `secrets: send it to those you have Sluice from. It is in ${path}, too.`,
      buttons: ['Try again', 'Copy the report', 'Quit'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    if (response !== 1) return response === 0;
    await clipboard.writeText(this.#log.report());
    return await this.#ask(what, path);
  }

  /** Until it answers again, or the person has had enough. */
  async #askAboutHanging(contents: WebContents): Promise<void> {
    this.note('A page does not answer');
    const answers = new AbortController();
    contents.once('responsive', () => answers.abort());
    const { response } = await dialog.showMessageBox({
      type: 'warning',
      title: 'Sluice',
      message: 'The window of Sluice does not answer.',
      detail: 'Loaded again it opens its consoles anew. Guests, transfers and tasks on the server go on meanwhile.',
      buttons: ['Wait', 'Load it again'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
      signal: answers.signal,
    });
    if (response === 1 && !contents.isDestroyed()) contents.forcefullyCrashRenderer(); // and comes back as after a crash
  }

  #handlePage(contents: WebContents, reason: string, exitCode: number): void {
    if (reason === 'clean-exit') return;
    this.note(`A page ended: ${reason}, code ${exitCode}`);
    // Windows of consoles belong to the main page, which opens them again.
    if (contents === this.#options.window()?.webContents) this.#page.died();
  }
}
