import type { Id } from '../api';

export type SettingsSection = 'general' | 'accounts' | 'notifications' | 'reading' | 'about';

/** What lies over the mail: at most one dialog of each kind. */
export class Screens {
  /** The dialog that connects a mailbox. */
  connect = $state(false);
  /** The account whose password is asked for again, while it is. */
  signIn = $state<Id | undefined>();
  settings = $state<SettingsSection | undefined>();
  palette = $state(false);
  shortcuts = $state(false);
  /** The message whose source is shown. */
  source = $state<Id | undefined>();

  openConnect(): void {
    this.connect = true;
  }

  openSignIn(account: Id): void {
    this.signIn = account;
  }

  openSettings(section: SettingsSection = 'general'): void {
    this.settings = section;
  }
}
