// A bundle of its own, loaded with the first check: what starts the app does not read it.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import {
  AppImageUpdater,
  type AppUpdater,
  CancellationToken,
  DebUpdater,
  MacUpdater,
  NsisUpdater,
  type UpdateInfo,
} from 'electron-updater';

import { onAbort } from '../../../shared/base/abort.ts';
import { replaceAppImage, startAppImage } from './atomicAppImage.ts';
import { isSigned } from './signedUpdate.ts';
import type { Offer, UpdateSource } from './updateFlow.ts';

export interface ElectronUpdaterOptions {
  /** In place of what the package says. */
  readonly feedUrl: string | undefined;
  /** Whose signature the description of a version has to carry; undefined where the package names none. */
  readonly publicKey: string | undefined;
  /** What the new one is started with. */
  readonly restartArguments: readonly string[];
}

/** Replaces the file in one step. The library's own way removes the old one first. */
class CarefulAppImageUpdater extends AppImageUpdater {
  protected override doInstall(): boolean {
    const oldPath = process.env['APPIMAGE'];
    const newPath = this.installerPath;
    if (oldPath === undefined || newPath === null) throw new Error('Nothing was fetched. Look for updates again.');
    replaceAppImage(oldPath, newPath);
    return true;
  }
}

function makeUpdater(): AppUpdater {
  if (process.platform === 'win32') return new NsisUpdater();
  if (process.platform === 'darwin') return new MacUpdater();
  if (process.env['APPIMAGE'] === undefined) return new DebUpdater(); // looks, and never installs: see `installs`
  return new CarefulAppImageUpdater();
}

/** The updater of this package. */
export function openElectronUpdater(options: ElectronUpdaterOptions): UpdateSource {
  const updater = makeUpdater();
  updater.logger = null;
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = true;
  updater.allowPrerelease = false;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  updater.forceDevUpdateConfig = !app.isPackaged;
  // It takes the folder of its downloads from this file, also where the address comes from elsewhere.
  if (!existsSync(join(process.resourcesPath, 'app-update.yml')) || !app.isPackaged) {
    const path = join(app.getPath('userData'), 'updater.json');
    writeFileSync(path, '{"updaterCacheDirName":"sluice-updater"}\n', { mode: 0o600 });
    updater.updateConfigPath = path;
  }
  if (options.feedUrl !== undefined) updater.setFeedURL({ provider: 'generic', url: options.feedUrl });
  updater.on('error', () => undefined); // every call tells its own
  return new ElectronUpdates(updater, options);
}

class ElectronUpdates implements UpdateSource {
  readonly #updater: AppUpdater;
  readonly #options: ElectronUpdaterOptions;

  constructor(updater: AppUpdater, options: ElectronUpdaterOptions) {
    this.#updater = updater;
    this.#options = options;
  }

  async check(): Promise<Offer | undefined> {
    const result = await this.#updater.checkForUpdates().catch((error: unknown) => {
      throw new Error(whyNotChecked(error));
    });
    if (!result) return undefined;
    const { updateInfo, isUpdateAvailable } = result;
    return { version: updateInfo.version, isOurTurn: isUpdateAvailable, problem: this.#problemOf(updateInfo) };
  }

  async download(onProgress: (fraction: number, bytesPerSecond: number) => void, signal: AbortSignal): Promise<void> {
    const token = new CancellationToken();
    const listening = onAbort(signal, () => token.cancel());
    const tell = (told: { percent: number; bytesPerSecond: number }) =>
      onProgress(told.percent / 100, told.bytesPerSecond);
    this.#updater.on('download-progress', tell);
    try {
      await this.#updater.downloadUpdate(token);
    } catch (error) {
      throw new Error(whyNotFetched(error));
    } finally {
      this.#updater.off('download-progress', tell);
      listening.dispose();
    }
  }

  installOnQuit(isWanted: boolean): void {
    this.#updater.autoInstallOnAppQuit = isWanted;
  }

  async installNow(prepareToEnd: () => Promise<void>): Promise<void> {
    if (this.#updater instanceof CarefulAppImageUpdater)
      return await this.#replaceAndRestart(this.#updater, prepareToEnd);
    await prepareToEnd();
    const failed = () => app.relaunch(); // what ended for it is there again
    this.#updater.once('error', failed);
    this.#updater.quitAndInstall(true, true);
  }

  /** A file that could not be replaced is found out while everything still runs. */
  async #replaceAndRestart(updater: CarefulAppImageUpdater, prepareToEnd: () => Promise<void>): Promise<void> {
    let failure: unknown;
    const note = (error: unknown) => {
      failure = error;
    };
    updater.once('error', note);
    const isInstalled = updater.install(true, false);
    updater.off('error', note);
    if (!isInstalled) throw new Error(whyNotInstalled(failure));
    await prepareToEnd();
    startAppImage(process.env['APPIMAGE'] ?? '', this.#options.restartArguments);
    app.quit();
  }

  #problemOf(info: UpdateInfo & { signature?: unknown }): string | undefined {
    const { publicKey } = this.#options;
    if (publicKey === undefined || isSigned(info, info.signature, publicKey)) return undefined;
    return `Version ${info.version} is not signed by those who made this one. Nothing was fetched.`;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');

function whyNotChecked(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (codeOf(error) === 'ERR_UPDATER_CHANNEL_FILE_NOT_FOUND' || /\b404\b/.test(text)) {
    return 'The place of updates has none for this system.';
  }
  if (codeOf(error).startsWith('ERR_UPDATER_INVALID')) return 'What the place of updates said was not understood.';
  const reason = /net::ERR_[A-Z_]+|E[A-Z]{4,}/.exec(text)?.[0];
  return `The place of updates did not answer${reason === undefined ? '' : ` (${reason})`}. It is asked again later.`;
}

function whyNotFetched(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ERR_CHECKSUM_MISMATCH') return 'What was fetched is not what was announced. It was thrown away.';
  if (code === 'ERR_UPDATER_INVALID_SIGNATURE')
    return 'What was fetched is not signed by its makers. It was thrown away.';
  const text = error instanceof Error ? error.message : String(error);
  const reason = /net::ERR_[A-Z_]+|E[A-Z]{4,}|\b[45]\d\d\b/.exec(text)?.[0];
  return `The new version could not be fetched${reason === undefined ? '' : ` (${reason})`}. Look for updates again.`;
}

function whyNotInstalled(error: unknown): string {
  const code = codeOf(error);
  const why = code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? 'its folder can’t be written' : code;
  return `The new version could not be put in the place of this one${why === '' ? '' : ` (${why})`}. This one is as it was.`;
}
