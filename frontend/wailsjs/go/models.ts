export namespace app {
	
	export interface Outcome {
	    state: string;
	    at: number;
	    half: string;
	    junk: boolean;
	    problem?: Problem;
	}
	export interface SignIn {
	    method: string;
	    provider: string;
	    issuer: string;
	    tenant: string;
	    clientId: string;
	    login: string;
	}
	export interface Problem {
	    code: string;
	    args: Record<string, string>;
	    server: string;
	}
	export interface Status {
	    account: string;
	    phase: string;
	    mailbox: string;
	    done: number;
	    total: number;
	    pending: number;
	    lastSync: number;
	    problem?: Problem;
	}
	export interface Server {
	    host: string;
	    port: number;
	    security: string;
	    trusted: string;
	}
	export interface Account {
	    id: string;
	    email: string;
	    name: string;
	    label: string;
	    user: string;
	    demo: boolean;
	    notify: boolean;
	    notifyHere: boolean;
	    imap: Server;
	    smtp: Server;
	    status: Status;
	    signIn: SignIn;
	    size: number;
	    verification: Outcome;
	    signature: string;
	    keep: string;
	    keptSince: number;
	}
	export interface AccountForm {
	    id: string;
	    email: string;
	    name: string;
	    user: string;
	    password: string;
	    imap: Server;
	    smtp: Server;
	    notify: boolean;
	    signIn: SignIn;
	    signature: string;
	    keep: string;
	    granted: string;
	}
	export interface Mailbox {
	    id: string;
	    name: string;
	    path: string;
	    parent: string;
	    role: string;
	    selectable: boolean;
	    total: number;
	    unread: number;
	    threads: number;
	}
	export interface AccountMailboxes {
	    account: string;
	    mailboxes: Mailbox[];
	}
	export interface Address {
	    name: string;
	    email: string;
	}
	export interface AssignedMailbox {
	    kind: string;
	    account: string;
	    email: string;
	    name: string;
	    label: string;
	    user: string;
	    imap: Server;
	    smtp: Server;
	    signIn: string;
	    provider: string;
	    issuer: string;
	    login: string;
	}
	export interface Attachment {
	    part: string;
	    name: string;
	    type: string;
	    size: number;
	}
	export interface Body {
	    url: string;
	    blockedRemote: number;
	    hasHtml: boolean;
	    cut: boolean;
	    tooDeep: boolean;
	}
	export interface Caution {
	    code: string;
	    host: string;
	}
	export interface Certificate {
	    subject: string;
	    issuer: string;
	    names: string[];
	    notBefore: number;
	    notAfter: number;
	    sha256: string;
	}
	export interface Changes {
	    old: number;
	    new: number;
	    hasMore: boolean;
	    created: string[];
	    updated: string[];
	    destroyed: string[];
	    mailboxes: string[];
	    threads: string[];
	}
	export interface Discovery {
	    email: string;
	    provider: string;
	    name: string;
	    source: string;
	    from: string;
	    user: string;
	    imap: Server;
	    smtp: Server;
	    moreImap: Server[];
	    moreSmtp: Server[];
	    signIn: string[];
	    proposed: SignIn;
	    cautions: Caution[];
	}
	export interface DraftFile {
	    id: string;
	    name: string;
	    type: string;
	    size: number;
	    contentId: string;
	}
	export interface Draft {
	    id: string;
	    account: string;
	    kind: string;
	    original: string;
	    from: Address;
	    to: Address[];
	    cc: Address[];
	    bcc: Address[];
	    subject: string;
	    format: string;
	    body: string;
	    quoted: boolean;
	    quoteHead: string;
	    files: DraftFile[];
	    revision: number;
	    savedAt: number;
	}
	
	export interface DraftStart {
	    kind: string;
	    account: string;
	    original: string;
	    mailto: string;
	    language: string;
	}
	export interface Filter {
	    unread: boolean;
	    flagged: boolean;
	    attachments: boolean;
	    toMe: boolean;
	}
	export interface Identity {
	    id: string;
	    account: string;
	    own: boolean;
	    name: string;
	    email: string;
	    replyTo: Address[];
	    bcc: Address[];
	    signature: string;
	}
	export interface Info {
	    version: string;
	    platform: string;
	    dataDir: string;
	    native: boolean;
	    demoOffered: boolean;
	    locale: string;
	    problem?: Problem;
	}
	export interface LinkTarget {
	    before: string;
	    site: string;
	    after: string;
	    claimed: string;
	}
	
	export interface MailboxList {
	    accounts: AccountMailboxes[];
	}
	export interface Message {
	    id: string;
	    thread: string;
	    mailboxes: string[];
	    keywords: string[];
	    messageId: string;
	    subject: string;
	    from: Address[];
	    to: Address[];
	    cc: Address[];
	    bcc: Address[];
	    replyTo: Address[];
	    sentAt: number;
	    receivedAt: number;
	    size: number;
	    preview: string;
	    attachments: Attachment[];
	    quarantine: string;
	    listId: string;
	}
	export interface Operation {
	    id: string;
	    account: string;
	    kind: string;
	    messages: number;
	    subject: string;
	    mailbox: string;
	    add: string[];
	    remove: string[];
	    state: string;
	    createdAt: number;
	    attempts: number;
	    problem?: Problem;
	}
	
	export interface PolicyFinding {
	    line: number;
	    column: number;
	    code: string;
	    args: Record<string, string>;
	}
	export interface Policy {
	    path: string;
	    organisation: string;
	    help: string;
	    helpLink: string;
	    locked: string[];
	    remoteImages: string;
	    findings: PolicyFinding[];
	    assigned: AssignedMailbox[];
	}
	
	export interface Preferences {
	    language: string;
	    theme: string;
	    density: string;
	    background: boolean;
	    sound: boolean;
	    remoteImages: string;
	    remoteImageSenders: string[];
	    paneWidths: Record<string, number>;
	}
	
	export interface Protection {
	    method: string;
	    chosen: boolean;
	    state: string;
	    problem?: Problem;
	}
	export interface Receipt {
	    operations: string[];
	    count: number;
	}
	export interface Recipient {
	    address: string;
	    problem?: Problem;
	}
	export interface SearchQuery {
	    query: string;
	    account: string;
	    offset: number;
	    limit: number;
	}
	
	
	export interface SignInForm {
	    email: string;
	    user: string;
	    signIn: SignIn;
	    clientSecret: string;
	    device: boolean;
	    language: string;
	}
	
	export interface Submission {
	    id: string;
	    account: string;
	    state: string;
	    subject: string;
	    recipients: Recipient[];
	    createdAt: number;
	    sendAt: number;
	    attempts: number;
	    retryAt: number;
	    problem?: Problem;
	}
	export interface TestStep {
	    name: string;
	    state: string;
	    detail: string;
	    problem?: Problem;
	    certificate?: Certificate;
	}
	export interface TestReport {
	    ok: boolean;
	    steps: TestStep[];
	}
	
	export interface Thread {
	    id: string;
	    subject: string;
	    messages: Message[];
	}
	export interface ThreadRow {
	    id: string;
	    account: string;
	    mailbox: string;
	    messages: string[];
	    latest: string;
	    subject: string;
	    preview: string;
	    people: Address[];
	    unread: number;
	    count: number;
	    flagged: boolean;
	    answered: boolean;
	    attachment: boolean;
	    keywords: string[];
	    receivedAt: number;
	}
	export interface ThreadPage {
	    total: number;
	    threads: ThreadRow[];
	}
	export interface ThreadQuery {
	    view: string;
	    filter: Filter;
	    offset: number;
	    limit: number;
	}
	
	export interface VerifyReport {
	    report: TestReport;
	    outcome: Outcome;
	}

}

