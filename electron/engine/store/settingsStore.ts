import { Emitter } from '../../../shared/base/event.ts';
import {
  defaultSettings,
  type ForcedName,
  type ForcedSettings,
  forcedNames,
  settings as settingsSchema,
  type Settings,
} from '../../../shared/model/settings.ts';
import type { DocumentStore } from '../deps.ts';

const DOCUMENT = 'settings';

/**
 * What the person chose, and over it what the machine's policy decides. Their own choices are kept under it, for when
 * the policy goes. A damaged document gives the defaults.
 */
export class SettingsStore {
  readonly #documents: DocumentStore;
  readonly #changed = new Emitter<Settings>();
  readonly #forced: ForcedSettings;
  #chosen: Settings = defaultSettings;
  #ready: Promise<void> | undefined;

  readonly onChanged = this.#changed.event;

  constructor(documents: DocumentStore, forced: ForcedSettings = {}) {
    this.#documents = documents;
    this.#forced = forced;
  }

  get settings(): Settings {
    return { ...this.#chosen, ...this.#forced };
  }

  /** What nobody but the administrator changes. */
  get forced(): ForcedName[] {
    return forcedNames.filter((name) => this.#forced[name] !== undefined);
  }

  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  async set(settings: Settings): Promise<void> {
    const before: Settings = this.#chosen;
    const kept = Object.fromEntries(this.forced.map((name) => [name, before[name]]));
    this.#chosen = { ...settings, ...kept };
    this.#changed.fire(this.settings);
    await this.#documents.write(DOCUMENT, this.#chosen);
  }

  async #load(): Promise<void> {
    const stored = await this.#documents.read(DOCUMENT);
    // Settings a newer version has added keep their defaults.
    const merged = typeof stored === 'object' && stored !== null ? { ...defaultSettings, ...stored } : defaultSettings;
    const parsed = settingsSchema.safeParse(merged);
    if (parsed.success) this.#chosen = parsed.data;
  }
}
