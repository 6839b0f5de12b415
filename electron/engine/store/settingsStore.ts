import { Emitter } from '../../../shared/base/event.ts';
import { defaultSettings, settings as settingsSchema, type Settings } from '../../../shared/model/settings.ts';
import type { DocumentStore } from '../deps.ts';

const DOCUMENT = 'settings';

/** What the person chose. A damaged document gives the defaults. */
export class SettingsStore {
  readonly #documents: DocumentStore;
  readonly #changed = new Emitter<Settings>();
  #settings: Settings = defaultSettings;
  #ready: Promise<void> | undefined;

  readonly onChanged = this.#changed.event;

  constructor(documents: DocumentStore) {
    this.#documents = documents;
  }

  get settings(): Settings {
    return this.#settings;
  }

  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  async set(settings: Settings): Promise<void> {
    this.#settings = settings;
    this.#changed.fire(settings);
    await this.#documents.write(DOCUMENT, settings);
  }

  async #load(): Promise<void> {
    const stored = await this.#documents.read(DOCUMENT);
    // Settings a newer version has added keep their defaults.
    const merged = typeof stored === 'object' && stored !== null ? { ...defaultSettings, ...stored } : defaultSettings;
    const parsed = settingsSchema.safeParse(merged);
    if (parsed.success) this.#settings = parsed.data;
  }
}
