import type * as T from './types';

/** The bound services of package app, method by method, as the screen sees them. */
export interface Api {
  accounts: {
    list(): Promise<T.Account[]>;
    /** Progress arrives as the event "test". */
    test(form: T.AccountForm): Promise<T.TestReport>;
    cancelTest(): Promise<void>;
    add(form: T.AccountForm): Promise<T.Account>;
    update(id: T.Id, form: T.AccountForm): Promise<T.Account>;
    remove(id: T.Id): Promise<void>;
    setPassword(id: T.Id, password: string): Promise<void>;
    /** Accepts a certificate by its SHA-256 for one server of an account. */
    trust(id: T.Id, server: 'imap' | 'smtp', sha256: string): Promise<void>;
    setNotifications(id: T.Id, notify: boolean, notifyHere: boolean): Promise<void>;
    /** What is known without asking anybody: no servers for most. */
    suggest(email: string): Promise<T.AccountForm>;
    /** A running discovery is cancelled by the next. */
    discover(email: string): Promise<T.Discovery>;
    cancelDiscovery(): Promise<void>;
    /** What an Exchange server of the organisation's own offers to mail programs. */
    atExchange(server: string, email: string): Promise<T.Discovery>;
    byProvider(provider: T.ProviderId, email: string): Promise<T.Discovery>;
    /** Waits for the person; the event "signIn" tells what to open. Names what that gave. */
    signIn(form: T.SignInForm): Promise<string>;
    signInAgain(id: T.Id, form: T.SignInForm): Promise<void>;
    cancelSignIn(): Promise<void>;
    /** Opens the page of the sign-in under way. */
    openSignIn(): Promise<void>;
    /** Whether a client ID is known, so that the person needs none. */
    signInKnown(signIn: T.SignIn): Promise<boolean>;
    addDemo(): Promise<T.Account>;
    /** Empty id: every account. */
    syncNow(id: T.Id): Promise<void>;
  };
  /** A message to oneself; progress arrives as the event "verify". */
  verification: {
    form(form: T.AccountForm): Promise<T.VerifyReport>;
    account(id: T.Id): Promise<T.VerifyReport>;
    cancel(): Promise<void>;
  };
  identities: {
    list(): Promise<T.Identity[]>;
    /** Keeps one, a new one without an id; as it is kept. */
    set(identity: T.Identity): Promise<T.Identity>;
    remove(id: string): Promise<void>;
  };
  mail: {
    mailboxes(): Promise<T.MailboxList>;
    threads(query: T.ThreadQuery): Promise<T.ThreadPage>;
    search(query: T.SearchQuery): Promise<T.ThreadPage>;
    /** The conversation with the id, or the one that holds the message with the id. */
    thread(id: T.Id): Promise<T.Thread>;
    body(id: T.Id): Promise<T.Body>;
    setKeywords(ids: T.Id[], add: string[], remove: string[]): Promise<T.Receipt>;
    /** Out of one of the mailboxes `from`, at most one of each account; copies elsewhere stay. */
    move(ids: T.Id[], from: T.Id[], mailbox: T.Id): Promise<T.Receipt>;
    archive(ids: T.Id[], from: T.Id[]): Promise<T.Receipt>;
    trash(ids: T.Id[], from: T.Id[]): Promise<T.Receipt>;
    junk(ids: T.Id[], from: T.Id[]): Promise<T.Receipt>;
    destroy(ids: T.Id[], from: T.Id[]): Promise<T.Receipt>;
    undo(receipt: T.Receipt): Promise<void>;
    pending(): Promise<T.Operation[]>;
    dismiss(operation: T.Id): Promise<void>;
    /** Deletes for good what a refused move was about. */
    destroyRefused(operation: T.Id): Promise<void>;
    /** Tries again to save a message that was refused. */
    retryRefused(operation: T.Id): Promise<void>;
    changes(account: T.Id, since: number): Promise<T.Changes>;
    /** The path written to; empty when the person cancelled. */
    saveAttachment(message: T.Id, part: string): Promise<string>;
    saveAllAttachments(message: T.Id): Promise<string>;
    /** Saves the message as it came; the path, empty when the person cancelled. */
    saveOriginal(message: T.Id): Promise<string>;
    openAttachment(message: T.Id, part: string): Promise<void>;
    source(id: T.Id): Promise<string>;
  };
  compose: {
    start(start: T.DraftStart): Promise<T.Draft>;
    /** A draft by its own id, or that of a message in the drafts mailbox. */
    open(id: T.Id): Promise<T.Draft>;
    drafts(): Promise<T.Draft[]>;
    /** Refused as "conflict" when the revision isn't the stored one. */
    save(draft: T.Draft): Promise<T.Draft>;
    /** Writes the stored draft the other way, its quote included. */
    setFormat(id: T.Id, format: T.Draft['format']): Promise<T.Draft>;
    /** Gives the draft to another account; it gets another id. */
    moveTo(id: T.Id, account: T.Id): Promise<T.Draft>;
    discard(id: T.Id): Promise<void>;
    removeFile(id: T.Id, file: T.Id): Promise<void>;
    /** Foreign HTML made safe for the body. */
    clean(html: string): Promise<string>;
    correspondents(prefix: string, limit: number): Promise<T.Address[]>;
    /** Queues it, to be sent not before `at` (0: at once); names the submission. */
    send(id: T.Id, at: number): Promise<T.Id>;
    /** Takes a submission back into its draft. */
    cancel(submission: T.Id): Promise<T.Draft>;
    submissions(): Promise<T.Submission[]>;
    retry(submission: T.Id): Promise<void>;
    /** The person says whether a message of unknown outcome was sent. */
    resolve(submission: T.Id, sent: boolean): Promise<void>;
  };
  settings: {
    get(): Promise<T.Settings>;
    set(settings: T.Settings): Promise<T.Settings>;
    /** Looks for the key to the passwords; a keyring may ask its owner first. */
    protection(): Promise<T.Protection>;
    protect(method: T.ProtectionMethod, passphrase: string): Promise<T.Protection>;
    unlock(passphrase: string): Promise<T.Protection>;
    retryKeyring(): Promise<T.Protection>;
    forgetPasswords(): Promise<T.Protection>;
    policy(): Promise<T.Policy>;
  };
  system: {
    info(): Promise<T.SystemInfo>;
    openLink(url: string): Promise<void>;
    /** Where a link leads, and whether its text claims another site. */
    inspectLink(url: string, text: string): Promise<T.LinkTarget>;
    log(level: 'debug' | 'info' | 'warn' | 'error', message: string): Promise<void>;
    ready(): Promise<void>;
    /** Ends the application, also when closing its window would only hide it. */
    quit(): Promise<void>;
  };
  /** Adds a file to a draft; hears how much of it has arrived, 0 to 1. */
  attach(
    draft: T.Id,
    file: File,
    contentId: string,
    progress: (part: number) => void,
  ): Promise<T.DraftFile>;
  /** Calls handler for every event of that name until the returned function is called. */
  on<N extends keyof T.Events>(name: N, handler: (payload: T.Events[N]) => void): () => void;
}
