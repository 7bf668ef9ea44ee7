import type { AssignedMailbox, Id, ThreadRow } from '../api';

export type SettingsSection =
  'accounts' | 'appearance' | 'reading' | 'notifications' | 'general' | 'shortcuts';

/** An account whose settings are edited, and whether to begin with testing them. */
export interface Edit {
  account: Id;
  test: boolean;
}

/** What lies over the mail: at most one dialog of each kind. */
export class Screens {
  /** The dialog that connects a mailbox. */
  connect = $state(false);
  /** The assigned mailbox that it connects, if it is one. */
  assigned = $state.raw<AssignedMailbox | undefined>();
  edit = $state.raw<Edit | undefined>();
  /** The account about to be disconnected, while the question stands. */
  disconnect = $state<Id | undefined>();
  /** The account that is being verified, or about to be. */
  verify = $state<Id | undefined>();
  /** The account whose password is asked for again, while it is. */
  signIn = $state<Id | undefined>();
  /** The choice of how passwords are kept. */
  keep = $state(false);
  /** The question for the passphrase. */
  unlock = $state(false);
  settings = $state<SettingsSection | undefined>();
  /** The palette offers every command, or the mailboxes to move to. */
  palette = $state<'commands' | 'move' | undefined>();
  shortcuts = $state(false);
  /** What waits for the servers and what they refused. */
  changes = $state(false);
  /** What is on its way out. */
  outbox = $state(false);
  /** The message whose source is shown. */
  source = $state<Id | undefined>();
  /** The threads about to be deleted for ever, while the question stands. */
  destroy = $state.raw<ThreadRow[] | undefined>();

  /** Whether a dialog has the keyboard. */
  get busy(): boolean {
    return (
      this.connect ||
      this.shortcuts ||
      this.changes ||
      this.outbox ||
      this.keep ||
      this.unlock ||
      [this.signIn, this.edit, this.disconnect, this.verify].some(Boolean) ||
      [this.settings, this.palette, this.source, this.destroy].some(Boolean)
    );
  }

  openConnect(assigned?: AssignedMailbox): void {
    this.assigned = assigned;
    this.connect = true;
  }

  openEdit(account: Id, test = false): void {
    this.edit = { account, test };
  }

  openSignIn(account: Id): void {
    this.signIn = account;
  }

  openSettings(section: SettingsSection = 'accounts'): void {
    this.settings = section;
  }
}
