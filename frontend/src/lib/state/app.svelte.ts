import { getContext, setContext } from 'svelte';
import {
  toProblem,
  type Api,
  type DraftKind,
  type Events,
  type Id,
  type Problem,
  type SystemInfo,
  type ThreadRow,
} from '../api';
import { Composers } from '../compose/composers.svelte';
import { Outbox } from '../compose/outbox.svelte';
import { explain, setLocale, t } from '../i18n/index.svelte';
import { Accounts } from './accounts.svelte';
import { Actions } from './actions.svelte';
import { Drag } from './drag.svelte';
import { Layout } from './layout.svelte';
import { Links } from './links.svelte';
import { ThreadList } from './list.svelte';
import { Mailboxes } from './mailboxes.svelte';
import { Operations } from './operations.svelte';
import { PolicyState } from './policy.svelte';
import { Reader } from './reader.svelte';
import { Screens } from './screens.svelte';
import { Secrets } from './secrets.svelte';
import { SettingsState, followContrast } from './settings.svelte';
import { Snackbar } from './snackbar.svelte';

/** Changes that follow each other closer than this are looked at together, in milliseconds. */
const changeDelay = 120;

/** The same while an account fetches mail, when they follow each other without end. */
const syncDelay = 500;

/** Everything the window knows; components reach it with getApp(). */
export class App {
  readonly snackbar = new Snackbar();
  readonly layout = new Layout();
  readonly screens = new Screens();
  readonly drag = new Drag();
  readonly settings: SettingsState;
  readonly accounts: Accounts;
  readonly mailboxes: Mailboxes;
  readonly list: ThreadList;
  readonly reader: Reader;
  readonly links: Links;
  readonly actions: Actions;
  readonly operations: Operations;
  readonly outbox: Outbox;
  readonly composers: Composers;
  readonly secrets: Secrets;
  readonly policy: PolicyState;
  info = $state.raw<SystemInfo | undefined>();
  /** Said by the live region: what the snackbar doesn't show. */
  announcement = $state('');
  /** Rises when the search box is asked for by key. */
  searchCalls = $state(0);
  #stop: (() => void)[] = [];
  #changeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether changes are being looked at, and whether there were more meanwhile. */
  #looking = false;
  #changedAgain = false;

  constructor(readonly api: Api) {
    this.settings = new SettingsState(api, this.snackbar);
    this.accounts = new Accounts(api);
    this.mailboxes = new Mailboxes(api, this.accounts);
    this.list = new ThreadList(api);
    this.reader = new Reader(
      api,
      (from, into) => this.list.joined(from, into),
      () => this.#readerWatched(),
    );
    this.actions = new Actions(api, this.list, this.reader, this.mailboxes, this.snackbar);
    this.operations = new Operations(api, this.snackbar);
    this.outbox = new Outbox(api, this.snackbar, () => void (this.screens.outbox = true));
    this.composers = new Composers(api, this.snackbar, this.outbox);
    this.links = new Links(api, this.snackbar, (mailto) => this.composers.start({ mailto }));
    this.policy = new PolicyState(api);
    this.secrets = new Secrets(api, this.accounts, this.screens);
  }

  /** Reads what the first screen needs and listens from then on. */
  async start(): Promise<void> {
    this.#listen();
    try {
      const info = await this.api.system.info();
      const locales = [info.locale, ...navigator.languages].filter((l) => l !== '');
      setLocale('', locales);
      this.info = info;
      if (info.problem) return;
      await Promise.all([this.settings.load(locales), this.policy.load()]);
      this.layout.restore(this.settings.value.paneWidths);
      this.list.open('inboxes');
      await Promise.all([this.accounts.load(), this.mailboxes.load(), this.operations.load()]);
      await this.outbox.load();
      void this.secrets.check();
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    } finally {
      await this.api.system.ready().catch(() => undefined);
    }
  }

  /** Listens no longer, and asks Go for nothing more of its own accord. */
  stop(): void {
    clearTimeout(this.#changeTimer);
    this.#looking = true;
    this.operations.stop();
    this.outbox.stop();
    this.reader.close();
    for (const stop of this.#stop.splice(0)) stop();
  }

  /** Whether the window has the focus, its frames included, and shows the open thread. */
  #readerWatched(): boolean {
    const { layout, list } = this;
    const shown = layout.fit !== 'narrow' || layout.pane === 'reader';
    return document.hasFocus() && shown && list.selected.size < 2;
  }

  #listen(): void {
    const { api } = this;
    this.#stop.push(
      followContrast(),
      api.on('status', (status) => this.#onStatus(status)),
      api.on('accounts', () => void this.attempt(() => this.#reloadAccounts())),
      api.on('policy', () => void this.attempt(() => this.#reloadPolicy())),
      api.on('changed', () => this.#onChanged()),
      api.on('open', (event) => this.openMessage(event)),
      api.on('outbox', () => this.outbox.nudge()),
      api.on('refused', ({ problem }) => this.#onRefused(problem)),
    );
  }

  #onRefused(problem: Problem): void {
    this.operations.nudge();
    const { sentence, advice } = explain(problem);
    this.snackbar.show({
      text: sentence,
      detail: advice,
      kind: 'problem',
      action: { label: t('common.show'), run: () => void (this.screens.changes = true) },
    });
  }

  #onStatus(status: Events['status']): void {
    const before = this.accounts.find(status.account)?.status;
    this.accounts.setStatus(status);
    // Progress comes often and says nothing new about changes.
    if (before?.phase !== status.phase || before.pending !== status.pending) {
      this.operations.nudge();
    }
    if (before?.phase === status.phase) return;
    if (status.phase === 'needsSignIn' || status.phase === 'failed') {
      this.announcement = `${this.accounts.nameOf(status.account)}: ${
        status.problem ? explain(status.problem).sentence : t('mail.needsSignIn')
      }`;
    }
  }

  #onChanged(): void {
    this.operations.nudge();
    if (this.#looking) return void (this.#changedAgain = true);
    const syncing = this.accounts.all.some((a) => a.status.phase === 'syncing');
    this.#changeTimer ??= setTimeout(() => void this.#look(), syncing ? syncDelay : changeDelay);
  }

  /** Looks at what changed; the next look waits for the end of this one. */
  async #look(): Promise<void> {
    this.#changeTimer = undefined;
    this.#looking = true;
    await Promise.allSettled([
      this.attempt(() => this.mailboxes.load()),
      this.list.refresh(),
      this.reader.refresh(),
    ]);
    this.#looking = false;
    if (!this.#changedAgain) return;
    this.#changedAgain = false;
    this.#onChanged();
  }

  /** What is locked has another value than before, perhaps. */
  async #reloadPolicy(): Promise<void> {
    await Promise.all([this.policy.load(), this.settings.reload()]);
  }

  async #reloadAccounts(): Promise<void> {
    await Promise.all([
      this.accounts.load(),
      this.mailboxes.load(),
      this.operations.load(),
      this.outbox.load(),
      this.policy.load(),
    ]);
    const { view } = this.list;
    const gone = view.includes('-') && !this.mailboxes.find(view);
    if (gone) this.openView('inboxes');
    else await this.list.refresh();
  }

  /** Shows a mailbox or joint view. */
  openView(view: string): void {
    this.reader.close();
    this.list.open(view);
    this.layout.show('list');
  }

  /** Shows what was chosen in the list; a draft is written on. Reports whether it was one. */
  choose(row: ThreadRow): boolean {
    this.openThread(row.id);
    const { view } = this.list;
    const draft = view === 'drafts' || this.mailboxes.find(view)?.role === 'drafts';
    if (draft) void this.composers.edit(row.latest);
    return draft;
  }

  /** Shows a thread: in its pane, or instead of the list where only one fits. */
  openThread(id: Id): void {
    this.list.moveTo(id);
    void this.reader.open(id);
    this.layout.show('reader');
  }

  /** Shows the message whose pop-up was clicked. */
  openMessage({ message, thread, mailbox }: Events['open']): void {
    if (this.list.view !== 'inboxes' || this.list.query !== '' || this.list.filtered) {
      this.openView(mailbox);
    }
    this.list.moveTo(thread);
    void this.reader.open(thread, message);
    this.layout.show('reader');
  }

  /** Deletes what is chosen; asks first where it can't be undone. */
  deleteChosen(): void {
    const rows = this.list.chosen;
    if (rows.length === 0) return;
    if (this.actions.isFinal(rows)) this.screens.destroy = rows;
    else void this.actions.trash(rows);
  }

  /** Answers or forwards the latest message of the open thread. */
  respond(kind: DraftKind): void {
    const original = this.reader.thread?.messages.at(-1)?.id ?? this.list.chosen[0]?.latest;
    if (original !== undefined) void this.composers.start({ kind, original });
  }

  /** The account whose mailbox is shown; empty in a view across accounts. */
  get accountInView(): Id {
    const [account, mailbox] = this.list.view.split('-');
    return mailbox === undefined ? '' : (account ?? '');
  }

  /** Ends the application once what is being written is on the disk. */
  async quit(): Promise<void> {
    await this.composers.flush();
    await this.attempt(() => this.api.system.quit());
  }

  focusSearch(): void {
    this.layout.show('list');
    this.searchCalls++;
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
