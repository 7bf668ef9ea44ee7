/**
 * What crosses between Go and the screen. Ids are opaque strings ("a1-m5"),
 * times are Unix milliseconds (0: none), and every list is present, if empty.
 */

export type Id = string;

export interface Problem {
  code: string;
  args: Record<string, string>;
  /** What the server said, in its own words; empty when it said nothing. */
  server: string;
}

export type Security = 'tls' | 'starttls' | 'none';

export interface Server {
  host: string;
  port: number;
  security: Security;
  /** SHA-256 of a certificate the person accepted for this server; else empty. */
  trusted: string;
}

export type Phase = 'connecting' | 'syncing' | 'upToDate' | 'offline' | 'needsSignIn' | 'failed';

export interface Status {
  account: Id;
  phase: Phase;
  mailbox: string;
  done: number;
  total: number;
  /** Changes that wait for the server. */
  pending: number;
  lastSync: number;
  problem?: Problem | null;
}

export interface Account {
  id: Id;
  email: string;
  name: string;
  label: string;
  demo: boolean;
  notify: boolean;
  notifyHere: boolean;
  imap: Server;
  smtp: Server;
  user: string;
  status: Status;
  signIn: SignIn;
  /** Octets on this computer's disk. */
  size: number;
  verification: Verification;
  /** Of its own identity: safe HTML. */
  signature: string;
  keep: Keep;
  /** Mail before isn't kept on this computer; 0 when all is. */
  keptSince: number;
}

/** How much mail is kept on this computer; empty for all of it. */
export type Keep = '' | 'year' | 'quarter' | 'month';

/** An address that an account writes from. */
export interface Identity {
  /** Empty for a new one. */
  id: string;
  account: Id;
  /** The account's own: its address and name are the account's. */
  own: boolean;
  name: string;
  email: string;
  replyTo: Address[];
  bcc: Address[];
  /** HTML; what comes from Go is safe. */
  signature: string;
}

/** How far it is proven that an account sends and receives. */
export interface Verification {
  /** Empty: not verified, or not since servers or sign-in changed. */
  state: '' | 'awaiting' | 'verified' | 'failed';
  at: number;
  /** Which half failed; empty for none. */
  half: '' | 'imap' | 'smtp';
  /** The message was taken for spam. */
  junk: boolean;
  problem?: Problem | null;
}

export interface VerifyReport {
  report: TestReport;
  outcome: Verification;
}

/** How an account proves who it is: "oauth" is at a provider's page, all else a password. */
export interface SignIn {
  method: string;
  /** "microsoft", "outlook", "google", "yahoo", or "other" for an OpenID provider. */
  provider: string;
  issuer: string;
  tenant: string;
  clientId: string;
  /** The address that signs in, when it isn't the account's. */
  login: string;
}

export interface SignInForm {
  email: string;
  user: string;
  signIn: SignIn;
  clientSecret: string;
  /** Asks for a code to type on any device. */
  device: boolean;
  /** Of the page at the end. */
  language: string;
}

export interface SignInPrompt {
  url: string;
  /** To type there; empty when there is nothing to type. */
  code: string;
  expires: number;
}

export interface AccountForm {
  /** Empty for a new account; else the one whose stored password an empty one stands for. */
  id: Id;
  email: string;
  name: string;
  user: string;
  password: string;
  imap: Server;
  smtp: Server;
  notify: boolean;
  signIn: SignIn;
  /** HTML; Go makes it safe. */
  signature: string;
  keep: Keep;
  /** What accounts.signIn gave, in place of a password. */
  granted: string;
}

export type ProviderId =
  'microsoft' | 'outlook' | 'google' | 'yahoo' | 'icloud' | 'exchange' | 'other';

export type DiscoverySource =
  'policy' | 'table' | 'domain' | 'ispdb' | 'srv' | 'mx' | 'autodiscover' | 'probe' | 'plain';

/** Why a discovery must not be used unasked, and whom it is about. */
export interface Caution {
  code: 'plainHTTP' | 'otherDomain' | 'unprotected';
  host: string;
}

/** Who runs an address's mail and how it is reached. */
export interface Discovery {
  email: string;
  provider: ProviderId;
  /** What the provider calls itself, if anybody says. */
  name: string;
  source: DiscoverySource;
  /** The host or domain that said so. */
  from: string;
  /** Empty means the address. */
  user: string;
  /** Without host where nobody knows. */
  imap: Server;
  smtp: Server;
  /** Further servers to try, the best first. The cautions are about them, too. */
  moreImap: Server[];
  moreSmtp: Server[];
  /** The best first. */
  signIn: ('oauth' | 'appPassword' | 'password')[];
  /** How to sign in here; without method when nothing speaks for any. */
  proposed: SignIn;
  cautions: Caution[];
}

export interface Certificate {
  subject: string;
  issuer: string;
  names: string[];
  notBefore: number;
  notAfter: number;
  sha256: string;
}

export type StepState = 'waiting' | 'running' | 'ok' | 'failed' | 'skipped';

export interface TestStep {
  /** "imap.connect", "smtp.signIn" … */
  name: string;
  state: StepState;
  detail: string;
  problem?: Problem | null;
  certificate?: Certificate | null;
}

export interface TestReport {
  ok: boolean;
  steps: TestStep[];
}

export type Role = '' | 'inbox' | 'drafts' | 'sent' | 'archive' | 'junk' | 'trash' | 'all';

export interface Mailbox {
  id: Id;
  name: string;
  path: string;
  parent: Id;
  role: Role;
  selectable: boolean;
  total: number;
  unread: number;
  threads: number;
}

export interface MailboxList {
  accounts: { account: Id; mailboxes: Mailbox[] }[];
}

export type JointView = 'inboxes' | 'unread' | 'flagged' | 'drafts';

export interface Filter {
  unread: boolean;
  flagged: boolean;
  attachments: boolean;
  toMe: boolean;
}

export interface ThreadQuery {
  /** A mailbox's id or a joint view. */
  view: Id | JointView;
  filter: Filter;
  offset: number;
  limit: number;
}

export interface SearchQuery {
  query: string;
  /** Empty: every account. */
  account: Id;
  offset: number;
  limit: number;
}

export interface Address {
  name: string;
  email: string;
}

export interface ThreadRow {
  id: Id;
  account: Id;
  mailbox: Id;
  messages: Id[];
  latest: Id;
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

export interface Attachment {
  part: string;
  name: string;
  type: string;
  size: number;
}

export interface Message {
  id: Id;
  thread: Id;
  mailboxes: Id[];
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
  /** Why the message could not be read; empty for a sound one. */
  quarantine: string;
  listId: string;
}

export interface Thread {
  id: Id;
  subject: string;
  messages: Message[];
}

export interface Body {
  /** What the frame loads; "&images=1" shows remote pictures, "&dark=1" darkens. */
  url: string;
  blockedRemote: number;
  hasHtml: boolean;
  /** The message is longer than is shown. */
  cut: boolean;
  /** Parts are nested too deeply to be shown. */
  tooDeep: boolean;
}

export interface Receipt {
  operations: Id[];
  count: number;
}

/** A change that waits for its server, or that the server refused. */
export interface Operation {
  id: Id;
  account: Id;
  kind: 'keywords' | 'move' | 'destroy' | 'append';
  /** How many messages it is about. */
  messages: number;
  /** Of the first message; empty when that is gone. */
  subject: string;
  /** Where a move or an append leads; empty for other kinds. */
  mailbox: Id;
  add: string[];
  remove: string[];
  state: 'pending' | 'started' | 'refused';
  createdAt: number;
  attempts: number;
  problem?: Problem | null;
}

export type DraftKind = 'new' | 'reply' | 'replyAll' | 'forward' | 'forwardAttached' | 'editAsNew';

/** How a draft begins. */
export interface DraftStart {
  kind: DraftKind;
  /** Empty: the original's, or the first one. */
  account: Id;
  /** The message that is answered or forwarded; empty for none. */
  original: Id;
  /** What a link asks for (RFC 6068); empty for none. */
  mailto: string;
  /** Of the line above the quote. */
  language: string;
}

/** A file or inline picture of a draft. */
export interface DraftFile {
  id: Id;
  name: string;
  type: string;
  size: number;
  /** By which the body shows the picture ("cid:…"); empty for an attachment. */
  contentId: string;
}

/** A message that is being written. */
export interface Draft {
  id: Id;
  account: Id;
  kind: DraftKind;
  original: Id;
  from: Address;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  format: 'rich' | 'plain';
  /** Safe HTML in the rich format, else text. */
  body: string;
  /** Whether the original goes along below the body; it is shown in a frame of its own. */
  quoted: boolean;
  /** The line above the quote. */
  quoteHead: string;
  files: DraftFile[];
  /** Grows with every saving. */
  revision: number;
  savedAt: number;
}

export type SubmissionState =
  'queued' | 'sending' | 'ending' | 'unknown' | 'refused' | 'sent' | 'copied';

/** A message on its way to its recipients. */
export interface Submission {
  id: Id;
  account: Id;
  state: SubmissionState;
  subject: string;
  recipients: { address: string; problem?: Problem | null }[];
  createdAt: number;
  /** Not before. */
  sendAt: number;
  attempts: number;
  /** When it is tried again; 0 when nothing was put off. */
  retryAt: number;
  /** Of the last attempt. */
  problem?: Problem | null;
}

export interface Changes {
  old: number;
  new: number;
  hasMore: boolean;
  created: Id[];
  updated: Id[];
  destroyed: Id[];
  mailboxes: Id[];
  threads: Id[];
}

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'comfortable' | 'compact';

export interface Settings {
  /** Empty: the system's. */
  language: '' | 'en' | 'de';
  theme: Theme;
  density: Density;
  background: boolean;
  sound: boolean;
  remoteImages: 'ask' | 'always';
  remoteImageSenders: string[];
  paneWidths: Record<string, number>;
}

/** Where the key to the stored passwords is. */
export type ProtectionMethod = 'keyring' | 'passphrase' | 'keyFile' | 'session';

/** How passwords are kept on this computer. */
export interface Protection {
  method: ProtectionMethod;
  /** False: the keyring, since nobody said otherwise. */
  chosen: boolean;
  state: 'kept' | 'sessionOnly' | 'locked';
  /** Why they aren't kept. */
  problem?: Problem | null;
}

/** What the organisation set up. */
export interface Policy {
  path: string;
  /** Empty when no policy is in force. */
  organisation: string;
  help: string;
  helpLink: string;
  /** The settings that can't be changed. */
  locked: (keyof Settings)[];
  /** Empty: people choose. */
  remoteImages: '' | 'ask' | 'never';
  /** What is wrong with the policy's file; an earlier one is in force then, or none. */
  findings: PolicyFinding[];
  assigned: AssignedMailbox[];
}

/** A mistake; its sentence is `policy.reason.<code>`. */
export interface PolicyFinding {
  /** Both are 0 when it is about the whole file. */
  line: number;
  column: number;
  code: string;
  args: Record<string, string>;
}

/** A mailbox that the organisation assigned to this person. */
export interface AssignedMailbox {
  kind: 'own' | 'shared' | 'delegated';
  /** Empty while it isn't connected. */
  account: Id;
  email: string;
  name: string;
  label: string;
  /** Empty: the address. */
  user: string;
  /** Without a host when the policy names none. */
  imap: Server;
  smtp: Server;
  signIn: '' | 'password' | 'appPassword' | 'oauth';
  /** With oauth; "other" is an OpenID provider, by its issuer. */
  provider: string;
  issuer: string;
  /** The address that signs in, when it isn't the mailbox's. */
  login: string;
}

/** Where a link leads: before, site and after in a row are the address, shortened. */
export interface LinkTarget {
  before: string;
  /** Who is reached. */
  site: string;
  after: string;
  /** Another site that the link's text names; empty when there is none. */
  claimed: string;
}

export interface SystemInfo {
  version: string;
  platform: string;
  dataDir: string;
  /** False in a plain browser, where files are downloaded rather than saved. */
  native: boolean;
  demoOffered: boolean;
  locale: string;
  /** Why the stored mail can't be opened, if so; then nothing else works. */
  problem?: Problem | null;
}

/** Keywords of RFC 8621 §4.1.1. */
export const Keyword = {
  seen: '$seen',
  flagged: '$flagged',
  answered: '$answered',
  draft: '$draft',
  forwarded: '$forwarded',
} as const;

export interface Events {
  changed: { account: Id; state: number };
  status: Status;
  accounts: Record<string, never>;
  test: TestReport;
  verify: TestReport;
  signIn: SignInPrompt;
  open: { message: Id; thread: Id; mailbox: Id; account: Id };
  refused: { operation: Operation; problem: Problem };
  arrived: { account: Id; messages: Id[] };
  /** What is on its way out changed. */
  outbox: { account: Id };
  policy: Record<string, never>;
}
