import type { Id, ThreadRow } from '../api';

export type SettingsSection = 'general' | 'accounts' | 'notifications' | 'reading' | 'about';

/** What lies over the mail: at most one dialog of each kind. */
export class Screens {
  /** The dialog that connects a mailbox. */
  connect = $state(false);
  /** The account whose password is asked for again, while it is. */
  signIn = $state<Id | undefined>();
  settings = $state<SettingsSection | undefined>();
  /** The palette offers every command, or the mailboxes to move to. */
  palette = $state<'commands' | 'move' | undefined>();
  shortcuts = $state(false);
  /** The message whose source is shown. */
  source = $state<Id | undefined>();
  /** The threads about to be deleted for ever, while the question stands. */
  destroy = $state.raw<ThreadRow[] | undefined>();

  /** Whether a dialog has the keyboard. */
  get busy(): boolean {
    return (
      this.connect ||
      this.shortcuts ||
      [this.signIn, this.settings, this.palette, this.source, this.destroy].some(Boolean)
    );
  }

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
