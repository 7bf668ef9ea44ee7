import { toProblem, type Api, type Settings } from '../api';
import { setLocale } from '../i18n/index.svelte';
import type { Snackbar } from './snackbar.svelte';

/** What holds until the stored settings have been read. */
export const defaults: Settings = {
  language: '',
  theme: 'system',
  density: 'comfortable',
  background: false,
  sound: true,
  remoteImages: 'ask',
  remoteImageSenders: [],
  paneWidths: {},
};

/** The person's settings: shown at once when changed, then stored. */
export class SettingsState {
  value = $state.raw<Settings>(defaults);
  /** Locales of the system, best first. */
  #system: readonly string[] = [];
  /** Stores one after the other, so that the last change wins. */
  #queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: Api,
    private readonly snackbar: Snackbar,
  ) {}

  async load(systemLocales: readonly string[]): Promise<void> {
    this.#system = systemLocales;
    await this.reload();
  }

  /** Reads the stored settings again. */
  async reload(): Promise<void> {
    this.#show({ ...defaults, ...(await this.api.settings.get()) });
  }

  /** Changes some settings; on failure the stored ones come back, with a notice. */
  change(part: Partial<Settings>): Promise<void> {
    this.#show({ ...this.value, ...part });
    this.#queue = this.#queue.then(() => this.#store());
    return this.#queue;
  }

  async #store(): Promise<void> {
    const wanted = this.value;
    try {
      await this.api.settings.set(wanted);
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
      if (this.value === wanted) this.#show({ ...defaults, ...(await this.api.settings.get()) });
    }
  }

  #show(settings: Settings): void {
    this.value = settings;
    setLocale(settings.language, this.#system);
    const root = document.documentElement;
    if (settings.theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = settings.theme;
  }
}

/** Keeps data-contrast on the page in step with the system's wish for contrast. */
export function followContrast(): () => void {
  const wish = window.matchMedia('(prefers-contrast: more)');
  const apply = () => {
    if (wish.matches) document.documentElement.dataset['contrast'] = 'more';
    else delete document.documentElement.dataset['contrast'];
  };
  apply();
  wish.addEventListener('change', apply);
  return () => wish.removeEventListener('change', apply);
}
