import type {
  Account,
  AccountForm,
  AssignedMailbox,
  Discovery,
  Keep,
  Problem,
  SignIn,
  SignInForm,
} from '../api';
import { explain, getLanguage, t } from '../i18n/index.svelte';
import { password as byPassword } from './browser.svelte';
import { isStrangeName, nameFrom } from './names';
import { ServerField } from './serverField.svelte';
import type { ServerKind } from './server';

export type FieldName =
  | 'email'
  | 'name'
  | 'user'
  | 'password'
  | 'oauth'
  | 'signature'
  | ServerKind
  | `${ServerKind}.plain`;

/** In the order of the screen, in which the first mistake gets the focus. */
const fields: readonly FieldName[] = [
  'email',
  'name',
  'password',
  'oauth',
  'user',
  'imap',
  'imap.plain',
  'smtp',
  'smtp.plain',
  'signature',
];

/** What a person fills in to connect or edit an account. */
export class ConnectionForm {
  email = $state('');
  name = $state('');
  /** The name to sign in with, if it isn't the address. */
  user = $state('');
  /** When editing, empty keeps the stored one. */
  password = $state('');
  signIn = $state<SignIn>({ ...byPassword });
  /** Belongs to a client ID of one's own. */
  clientSecret = $state('');
  device = $state(false);
  /** Names what a sign-in at the provider's page gave. */
  granted = $state('');
  readonly imap = new ServerField('imap');
  readonly smtp = new ServerField('smtp');
  notify = $state(true);
  notifyHere = $state(true);
  /** HTML; Go makes it safe. */
  signature = $state('');
  keep = $state<Keep>('');
  /** The assigned mailbox that is connected, if it is one. */
  assigned = $state.raw<AssignedMailbox | undefined>();

  #visited = $state.raw<ReadonlySet<FieldName>>(new Set());
  /** What Go or a server said about a field, until something is typed. */
  #refused = $state.raw<Partial<Record<FieldName, string>>>({});
  #nameTyped = false;
  #userTyped = false;
  #signInChosen = false;
  #start: string;

  /** For a new account; a person with several has one name. Or for editing one. */
  constructor(
    readonly account?: Account,
    ownName = '',
  ) {
    this.name = ownName;
    if (account) this.#load(account);
    this.#start = this.#snapshot();
  }

  #load(account: Account): void {
    this.email = account.email;
    this.name = account.name;
    this.user = account.user === account.email ? '' : account.user;
    this.signIn = { ...account.signIn };
    this.#signInChosen = true;
    this.imap.load(account.imap);
    this.smtp.load(account.smtp);
    this.notify = account.notify;
    this.notifyHere = account.notifyHere;
    this.signature = account.signature;
    this.keep = account.keep;
    this.#nameTyped = this.#userTyped = true;
  }

  /** Fills in a mailbox that the organisation assigned, of which that much is fixed. */
  assign(mailbox: AssignedMailbox): void {
    this.assigned = mailbox;
    this.email = mailbox.email;
    this.name = mailbox.name || this.name;
    this.user = mailbox.user === mailbox.email ? '' : mailbox.user;
    if (mailbox.imap.host !== '') this.imap.load(mailbox.imap);
    if (mailbox.smtp.host !== '') this.smtp.load(mailbox.smtp);
    if (mailbox.signIn !== '') {
      const { signIn: method, provider, issuer, login } = mailbox;
      this.signIn = {
        ...byPassword,
        method,
        ...(method === 'oauth' && { provider, issuer, login }),
      };
      this.#signInChosen = true;
    }
    this.#nameTyped = mailbox.name !== '';
    this.#userTyped = this.user !== '';
    this.#start = this.#snapshot();
  }

  /** Whether the organisation says how the mailbox is reached. */
  get fixed(): boolean {
    return this.assigned !== undefined && this.assigned.imap.host !== '';
  }

  /** Whether the organisation says how to sign in. */
  get signInFixed(): boolean {
    return (this.assigned?.signIn ?? '') !== '';
  }

  /** Whether closing would lose something. */
  get dirty(): boolean {
    return this.#snapshot() !== this.#start;
  }

  /** Whether what decides about the connection differs from the stored account. */
  get reconnects(): boolean {
    if (!this.account || this.password !== '' || this.granted !== '') return true;
    return this.connectionKey !== new ConnectionForm(this.account).connectionKey;
  }

  /** Changes with everything a test depends on. */
  get connectionKey(): string {
    const { imap, smtp, password, email, user, signIn, granted } = this;
    return JSON.stringify([
      email.trim(),
      user.trim(),
      password,
      imap.value,
      smtp.value,
      signIn,
      granted,
    ]);
  }

  /** Whether there is enough to sign in with: a test makes sense. */
  get canTest(): boolean {
    const { password, granted } = this;
    const secret = this.oauth ? granted : password;
    return isAddress(this.email) && (secret !== '' || this.keepsSecret);
  }

  /** Whether the person signs in at the provider's page. */
  get oauth(): boolean {
    return this.signIn.method === 'oauth';
  }

  /** Whether what the edited account signs in with can stay. */
  get keepsSecret(): boolean {
    return this.account !== undefined && (this.account.signIn.method === 'oauth') === this.oauth;
  }

  get signInForm(): SignInForm {
    const { email, user, signIn, clientSecret, device } = this;
    return {
      email: email.trim(),
      user: user.trim(),
      signIn: { ...signIn },
      clientSecret: clientSecret.trim(),
      device,
      language: getLanguage(),
    };
  }

  /** The person chose how to sign in: suggestions no longer do, and what was granted is void. */
  chooseSignIn(signIn?: SignIn): void {
    if (signIn) this.signIn = { ...signIn };
    this.#signInChosen = true;
    this.granted = '';
  }

  get strangeName(): boolean {
    // What the organisation calls a shared mailbox is nobody's name.
    if (this.name === this.assigned?.name) return false;
    return isAddress(this.email) && isStrangeName(this.name, this.email);
  }

  get value(): AccountForm {
    return {
      id: this.account?.id ?? '',
      email: this.email.trim(),
      name: this.name.trim(),
      user: this.user.trim(),
      password: this.oauth ? '' : this.password,
      imap: this.imap.value,
      smtp: this.smtp.value,
      notify: this.notify,
      signIn: { ...this.signIn },
      signature: this.signature,
      keep: this.keep,
      granted: this.oauth ? this.granted : '',
    };
  }

  typedName(): void {
    this.#nameTyped = this.name.trim() !== '';
  }

  typedUser(): void {
    this.#userTyped = this.user.trim() !== '';
  }

  /** Fills in what is empty and known of the address. */
  suggest(form: AccountForm): void {
    this.imap.suggest(form.imap);
    this.smtp.suggest(form.smtp);
    this.#proposeSignIn(form.signIn);
    if (!this.#nameTyped && this.name === '') this.name = form.name || nameFrom(this.email);
  }

  /** Fills in what was discovered, where the person typed nothing. */
  propose({ imap, smtp, moreImap, moreSmtp, user, proposed }: Discovery): void {
    this.imap.suggest(imap);
    this.smtp.suggest(smtp);
    this.imap.offer(moreImap);
    this.smtp.offer(moreSmtp);
    if (!this.#userTyped) this.user = user;
    if (proposed.method !== '') this.#proposeSignIn(proposed);
  }

  #proposeSignIn(signIn: SignIn): void {
    if (this.#signInChosen || this.granted !== '' || this.password !== '') return;
    this.signIn = { ...signIn };
  }

  /** Fills in the servers of the provider that the person chose. */
  replace(found: Discovery): void {
    this.imap.offer([]);
    this.smtp.offer([]);
    if (found.imap.host === '') return;
    this.imap.replace(found.imap);
    this.smtp.replace(found.smtp);
    this.propose(found);
  }

  /** Takes back what was filled in for another domain. */
  withdraw(): void {
    this.imap.withdraw();
    this.smtp.withdraw();
    this.#proposeSignIn(byPassword);
    if (!this.#userTyped) this.user = '';
  }

  /** From now on the field's mistakes are shown. */
  visit(field: FieldName): void {
    this.#visited = new Set(this.#visited).add(field);
  }

  /** Shows every mistake but one field's; returns the first field that has one. */
  check(but?: FieldName): FieldName | undefined {
    this.imap.settle();
    this.smtp.settle();
    this.#visited = new Set(fields.filter((field) => field !== but));
    return fields.find((field) => field !== but && this.#mistake(field) !== '');
  }

  /** What to write beside a field; empty when nothing is wrong with it. */
  error(field: FieldName): string {
    return this.#refused[field] ?? (this.#visited.has(field) ? this.#mistake(field) : '');
  }

  /** Puts a problem beside the field that causes it; reports whether there is one. */
  refuse(problem: Problem): FieldName | undefined {
    const named = problem.args['field'] ?? '';
    const field = fields.find((f) => f === named || named.startsWith(`${f}.`));
    if (problem.code === 'invalid' && field) this.#refused = { [field]: this.#words(field) };
    else if (problem.code === 'exists') this.#refused = { email: explain(problem).sentence };
    else return undefined;
    return Object.keys(this.#refused)[0] as FieldName;
  }

  /** Marks a field with a sentence until something is typed. */
  mark(field: FieldName, sentence: string): void {
    this.#refused = { ...this.#refused, [field]: sentence };
  }

  /** Something was typed: what was said of the former values no longer holds. */
  forgive(): void {
    if (Object.keys(this.#refused).length > 0) this.#refused = {};
  }

  #mistake(field: FieldName): string {
    switch (field) {
      case 'email':
        return isAddress(this.email) ? '' : this.#words('email');
      case 'password':
        if (this.oauth || this.keepsSecret) return '';
        return this.password === '' ? t('accounts.mistake.password') : '';
      case 'oauth':
        if (!this.oauth || this.keepsSecret) return '';
        return this.granted === '' ? t('accounts.mistake.oauth') : '';
      case 'imap':
      case 'smtp': {
        const { mistake } = this[field];
        return mistake ? this.#serverWords(field, mistake) : '';
      }
      case 'imap.plain':
        return this.#plainMistake(this.imap);
      case 'smtp.plain':
        return this.#plainMistake(this.smtp);
      default:
        return '';
    }
  }

  #plainMistake(server: ServerField): string {
    return server.exposed && !server.plainAccepted ? t('accounts.mistake.plain') : '';
  }

  #serverWords(kind: ServerKind, mistake: NonNullable<ServerField['mistake']>): string {
    if (mistake === 'wrongKind' || mistake === 'empty')
      return t(`accounts.mistake.${kind}.${mistake}`);
    return t(`accounts.mistake.server.${mistake}`);
  }

  /** What is wrong with a field whose value Go refused. */
  #words(field: FieldName): string {
    if (field === 'email') {
      return t(this.email.trim() === '' ? 'accounts.mistake.noEmail' : 'accounts.mistake.email');
    }
    if (field === 'imap' || field === 'smtp') return t('accounts.mistake.server.host');
    if (field === 'signature') return t('accounts.mistake.signature');
    return field === 'password' ? t('accounts.mistake.password') : t('accounts.mistake.text');
  }

  #snapshot(): string {
    const { name, notify, notifyHere, signature, keep, imap, smtp } = this;
    const typed = [imap.text, imap.security, smtp.text, smtp.security];
    return JSON.stringify([this.connectionKey, name, notify, notifyHere, signature, keep, typed]);
  }
}

/** Whether a text can be an e-mail address; Go and the server have the last word. */
export function isAddress(text: string): boolean {
  return /^[^\s@<>,;"]+@[^\s@<>,;".]+(\.[^\s@<>,;".]+)*$/.test(text.trim());
}
