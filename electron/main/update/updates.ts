import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import * as z from 'zod/mini';

import { systemClock } from '../../../shared/base/clock.ts';
import type { EngineWork } from '../../../shared/wire/hostMessages.ts';
import type { UpdateState } from '../../../shared/wire/shellUpdate.ts';
import type { MachinePolicy } from '../../hosts/policyFile.ts';
import type { ElectronUpdaterOptions } from './electronUpdaters.ts';
import { UpdateFlow, type UpdateSource } from './updateFlow.ts';

const PACKAGED_PATH = '/opt/Sluice/sluice'; // where deb and rpm put it

const packageFile = z.object({ updateKey: z.optional(z.string()) });

/** What dist/updater.mjs exports: `electronUpdaters.ts`. */
interface UpdaterBundle {
  openElectronUpdater(options: ElectronUpdaterOptions): UpdateSource;
}

export interface UpdatesOptions {
  readonly policy: MachinePolicy;
  readonly window: () => BrowserWindow | undefined;
  /** Lets the engine end and gives the lock of the one instance away, so that the new one finds both free. */
  readonly prepareToEnd: () => Promise<void>;
}

/** Updates of this installation. */
export class Updates {
  readonly #options: UpdatesOptions;
  readonly #flow: UpdateFlow;
  #running = 0;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    this.#flow = new UpdateFlow({
      clock: systemClock,
      version: app.getVersion(),
      installs: whoInstalls(),
      open: () => this.#open(),
      off: whyOff(options.policy),
      mayEndNow: () => this.#mayEndNow(),
      prepareToEnd: options.prepareToEnd,
    });
  }

  get state(): UpdateState {
    return this.#flow.state;
  }

  get onChanged() {
    return this.#flow.onChanged;
  }

  act: UpdateFlow['act'] = (action) => this.#flow.act(action);

  /** What the engine told of its work and the person's wishes. */
  follow(work: EngineWork | undefined): void {
    this.#running = work?.running ?? 0;
    if (work) this.#flow.choose(work.updates);
  }

  dispose(): void {
    this.#flow.dispose();
  }

  async #open(): Promise<UpdateSource> {
    const { openElectronUpdater } = (await import(new URL('updater.mjs', import.meta.url).href)) as UpdaterBundle;
    return openElectronUpdater({
      feedUrl: this.#options.policy.updateUrl,
      publicKey: readPublicKey(),
      restartArguments: process.argv.filter((argument) => argument.startsWith('--data-dir=')),
    });
  }

  /** Nothing that runs is ended without asking. */
  async #mayEndNow(): Promise<boolean> {
    const running = this.#running;
    return running === 0 || (await this.#agreesToEnd(running));
  }

  async #agreesToEnd(running: number): Promise<boolean> {
    const what = running === 1 ? 'A transfer or migration is' : `${running} transfers and migrations are`;
    const options = {
      type: 'question' as const,
      title: 'Sluice',
      message: `${what} under way.`,
      detail: 'Transfers would end and begin again later. The new version is installed when you quit, if you wait.',
      buttons: ['Wait', 'End them and install'],
      defaultId: 0,
      cancelId: 0,
    };
    const window = this.#options.window();
    const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
    return response === 1;
  }
}

/** A package of the system is the system's to change; a file that was unpacked is its person's. */
function whoInstalls(): UpdateState['installs'] {
  if (process.platform === 'darwin') return 'self';
  if (process.platform === 'win32') return process.env['PORTABLE_EXECUTABLE_FILE'] === undefined ? 'self' : 'person';
  if (process.env['APPIMAGE'] !== undefined) return 'self';
  return process.execPath === PACKAGED_PATH ? 'package-manager' : 'person';
}

function whyOff({ problem, forced, updateUrl }: MachinePolicy): string | undefined {
  if (problem !== undefined) return problem;
  if (forced.updates === 'off') return 'The administrator of this computer has switched updates off.';
  const hasFeed = updateUrl !== undefined || existsSync(join(process.resourcesPath, 'app-update.yml'));
  return hasFeed ? undefined : 'This Sluice was made without a place to look for updates.';
}

/** Whose signature updates carry, as the package says. Where nothing is packed the environment may, for tests. */
function readPublicKey(): string | undefined {
  if (!app.isPackaged) return process.env['SLUICE_UPDATE_PUBLIC_KEY'];
  return z.parse(packageFile, JSON.parse(readFileSync(join(app.getAppPath(), 'package.json'), 'utf8'))).updateKey;
}
