import { getContext, setContext } from 'svelte';
import { toProblem, type Api, type SystemInfo } from '../api';
import { Accounts } from './accounts.svelte';
import { Layout } from './layout.svelte';
import { Screens } from './screens.svelte';
import { SettingsState, followContrast } from './settings.svelte';
import { Snackbar } from './snackbar.svelte';

/** Everything the window knows; components reach it with getApp(). */
export class App {
  readonly snackbar = new Snackbar();
  readonly layout = new Layout();
  readonly screens = new Screens();
  readonly settings: SettingsState;
  readonly accounts: Accounts;
  info = $state.raw<SystemInfo | undefined>();
  #stop: (() => void)[] = [];

  constructor(readonly api: Api) {
    this.settings = new SettingsState(api, this.snackbar);
    this.accounts = new Accounts(api);
  }

  /** Reads what the first screen needs and listens from then on. */
  async start(): Promise<void> {
    this.#listen();
    try {
      const info = await this.api.system.info();
      await this.settings.load([info.locale, ...navigator.languages].filter((l) => l !== ''));
      this.info = info;
      this.layout.restore(this.settings.value.paneWidths);
      await this.accounts.load();
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
    await this.api.system.ready().catch(() => undefined);
  }

  stop(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #listen(): void {
    this.#stop.push(
      followContrast(),
      this.api.on('status', (status) => this.accounts.setStatus(status)),
      this.api.on('accounts', () => void this.attempt(() => this.accounts.load())),
    );
  }

  /** Runs what a person asked for; a failure becomes a notice. */
  async attempt<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
      return undefined;
    }
  }
}

const key = Symbol('app');

export function provideApp(app: App): App {
  return setContext(key, app);
}

export function getApp(): App {
  return getContext<App>(key);
}
