import { toProblem, type Api, type Protection, type ProtectionMethod } from '../api';
import type { Accounts } from './accounts.svelte';
import type { Screens } from './screens.svelte';

/** How passwords are kept on this computer, and when the person is asked about it. */
export class Secrets {
  /** Undefined until the key was looked for. */
  protection = $state.raw<Protection | undefined>();

  constructor(
    private readonly api: Api,
    private readonly accounts: Accounts,
    private readonly screens: Screens,
  ) {}

  /** Looks for the key; a keyring may ask its owner first. */
  async load(): Promise<void> {
    this.protection = await this.api.settings.protection();
  }

  /**
   * Asks for the passphrase, or how to keep passwords where there is no keyring,
   * if there are any. Reading goes on meanwhile; not knowing is no reason to ask.
   */
  async check(): Promise<void> {
    if (this.accounts.all.every((account) => account.demo)) return;
    try {
      await this.load();
    } catch (reason) {
      await this.api.system.log('warn', toProblem(reason).code).catch(() => undefined);
      return;
    }
    const { chosen, state, problem } = this.protection ?? {};
    if (problem?.code === 'needsPassphrase') this.screens.unlock = true;
    else if (state !== 'kept' && (!chosen || problem?.code !== 'noKeyring')) {
      this.screens.keep = true;
    }
  }

  async protect(method: ProtectionMethod, passphrase: string): Promise<void> {
    this.protection = await this.api.settings.protect(method, passphrase);
  }

  async unlock(passphrase: string): Promise<void> {
    this.protection = await this.api.settings.unlock(passphrase);
  }

  async retryKeyring(): Promise<void> {
    this.protection = await this.api.settings.retryKeyring();
  }

  async forget(): Promise<void> {
    this.protection = await this.api.settings.forgetPasswords();
  }
}
