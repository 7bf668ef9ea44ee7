import type * as T from '../src/lib/api/types.ts';
import { me, meAtHome, olderThreads, threads, type SampleThread } from './data.ts';
import { discovered, suggested } from './discovered.ts';
import { initialPolicy, initialSettings } from './initial.ts';
import { signInMethods, signInOf } from './signin.ts';

/** A message as the fake keeps it. */
interface Stored extends T.Message {
  mailbox: T.Id;
  text: string;
  html: string;
  remote: number;
}

interface Undoable {
  id: T.Id;
  keywords: string[];
  mailbox: T.Id;
}

const minute = 60_000;

const mailboxPlan: [account: number, key: string, name: string, role: T.Role, parent?: string][] = [
  [1, 'w-inbox', 'INBOX', 'inbox'],
  [1, 'w-drafts', 'Drafts', 'drafts'],
  [1, 'w-sent', 'Sent', 'sent'],
  [1, 'w-archive', 'Archive', 'archive'],
  [1, 'w-junk', 'Junk', 'junk'],
  [1, 'w-trash', 'Trash', 'trash'],
  [1, 'w-projects', 'Projects', ''],
  [1, 'w-canal', 'Canal house', '', 'w-projects'],
  [1, 'w-school', 'School in Rødby', '', 'w-projects'],
  [1, 'w-suppliers', 'Suppliers', ''],
  [2, 'h-inbox', 'INBOX', 'inbox'],
  [2, 'h-drafts', 'Drafts', 'drafts'],
  [2, 'h-sent', 'Sent', 'sent'],
  [2, 'h-archive', 'Archive', 'archive'],
  [2, 'h-trash', 'Trash', 'trash'],
];

const mailboxId = (key: string): T.Id => {
  const index = mailboxPlan.findIndex((m) => m[1] === key);
  return index < 0 ? '' : `a${mailboxPlan[index]?.[0] ?? 0}-b${index + 1}`;
};

const server = (host: string, port: number): T.Server => ({
  host,
  port,
  security: 'tls',
  trusted: '',
});

/** How the fake is to start. */
export interface FakeOptions {
  accounts?: number;
  older?: number;
  now?: number;
  locale?: string;
  /** As in the window: files are saved by dialogs of the system. */
  native?: boolean;
}

/**
 * The Go side with everything in memory: the bound services and events that
 * Wails would inject. For development and component tests only.
 */
export class FakeGo {
  readonly accounts: T.Account[] = [];
  readonly messages: Stored[] = [];
  readonly calls: { method: string; args: unknown[] }[] = [];
  settings = initialSettings;
  /** How passwords are kept; a passphrase opens them when it is the right one. */
  protection: T.Protection = { method: 'keyring', chosen: false, state: 'kept', problem: null };
  passphrase = '';
  /** What the organisation set up: nothing. */
  policy = initialPolicy;
  /** The next call of this method ("Mail.Archive") is refused with the problem. */
  refuse = new Map<string, T.Problem>();
  /** What waits for the servers or was refused by them. */
  operations: T.Operation[] = [];
  /** Mailboxes of the first account beside those of the sample. */
  extraMailboxes: T.Mailbox[] = [];
  /** What the file dialogs answer; empty: cancelled. */
  savedTo = '';
  /** What of the bodies isn't shown. */
  left: Pick<T.Body, 'cut' | 'tooDeep'> = { cut: false, tooDeep: false };
  #undo = new Map<T.Id, Undoable[]>();
  #listeners = new Map<string, Set<(payload: unknown) => void>>();
  #state = 1;
  #operations = 0;
  readonly #now: number;

  constructor(private readonly options: FakeOptions = {}) {
    this.#now = options.now ?? Date.now();
    const wanted = options.accounts ?? 2;
    if (wanted > 0)
      this.accounts.push(this.#account(1, me, 'Fernhill Studio', 'mail.fernhill.example'));
    if (wanted > 1) this.accounts.push(this.#account(2, meAtHome, '', 'imap.posthaus.example'));
    if (wanted > 0)
      for (const t of [...threads, ...olderThreads(options.older ?? 400)]) this.#add(t);
  }

  #account(n: number, who: T.Address, label: string, host: string): T.Account {
    return {
      id: `a${n}`,
      email: who.email,
      name: who.name,
      label,
      demo: false,
      notify: true,
      notifyHere: true,
      imap: server(host, 993),
      smtp: server(host.replace('imap', 'smtp'), 465),
      user: who.email,
      size: 48_300_000,
      verification: { state: 'verified', at: Date.now(), half: '', junk: false },
      signIn: signInOf(''),
      signature: '',
      status: {
        account: `a${n}`,
        phase: 'upToDate',
        mailbox: '',
        done: 0,
        total: 0,
        pending: 0,
        lastSync: this.#now - 2 * minute,
      },
    };
  }

  #add(sample: SampleThread): T.Id {
    const mailbox = mailboxId(sample.mailbox);
    const account = mailbox.split('-')[0] ?? 'a1';
    const thread = `${account}-t${this.messages.length + 1}`;
    for (const m of sample.messages) {
      const receivedAt = this.#now - m.age * minute;
      const keywords = [...(sample.keywords ?? [])];
      if (m.read) keywords.push('$seen');
      if (sample.answered) keywords.push('$answered');
      if (sample.flagged && m === sample.messages.at(-1)) keywords.push('$flagged');
      const own = m.from.email === me.email && sample.mailbox === 'w-inbox';
      const text = m.text ?? '';
      this.messages.push({
        id: `${account}-m${this.messages.length + 1}`,
        thread,
        mailbox: own ? mailboxId('w-sent') : mailbox,
        mailboxes: [own ? mailboxId('w-sent') : mailbox],
        keywords,
        messageId: `${this.messages.length}@waxwing.example`,
        subject: sample.subject,
        from: [m.from],
        to: m.to ?? [],
        cc: m.cc ?? [],
        bcc: [],
        replyTo: [],
        sentAt: receivedAt - 2000,
        receivedAt,
        size: 4000 + text.length + (m.attachments ?? []).reduce((sum, a) => sum + a.size, 0),
        preview: (text || (m.html ?? '').replace(/<[^>]*>/g, ' '))
          .replace(/\s+/g, ' ')
          .trim()
          .slice(0, 256),
        attachments: m.attachments ?? [],
        quarantine: m.quarantine ?? '',
        listId: m.listId ?? '',
        text,
        html: m.html ?? '',
        remote: m.remote ?? 0,
      });
    }
    return thread;
  }

  /** Delivers new mail and says so. */
  deliver(sample: SampleThread): T.Id {
    const thread = this.#add(sample);
    this.changed(thread.split('-')[0] ?? 'a1');
    return thread;
  }

  emit<N extends keyof T.Events>(name: N, payload: T.Events[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload);
  }

  changed(account: T.Id): void {
    this.emit('changed', { account, state: ++this.#state });
  }

  /** Queues a change as if its server didn't answer, or refused it. */
  queue(part: Partial<T.Operation>): T.Operation {
    const operation: T.Operation = {
      id: `a1-o${++this.#operations}`,
      account: 'a1',
      kind: 'keywords',
      messages: 1,
      subject: '',
      mailbox: '',
      add: [],
      remove: [],
      state: 'pending',
      createdAt: this.#now - 5 * minute,
      attempts: 0,
      ...part,
    };
    this.operations = [...this.operations, operation];
    return operation;
  }

  /** The organisation sets up something else. */
  govern(part: Partial<T.Policy>): void {
    this.policy = { ...this.policy, ...part };
    this.emit('policy', {});
  }

  setStatus(part: Partial<T.Status> & { account: T.Id }): void {
    const account = this.accounts.find((a) => a.id === part.account);
    if (!account) return;
    account.status = { ...account.status, ...part };
    this.emit('status', account.status);
  }

  /** What becomes of the next sign-ins at a provider's page. */
  finishSignIn: () => Promise<string> = () => Promise.resolve('granted');

  #of(ids: T.Id[]): Stored[] {
    return this.messages.filter((m) => ids.includes(m.id));
  }

  #inView(view: string): Stored[] {
    const role = new Map(mailboxPlan.map((m) => [mailboxId(m[1]), m[3]]));
    const hidden = new Set<T.Role | undefined>(['trash', 'junk', 'sent']);
    return this.messages.filter((m) => {
      const its = role.get(m.mailbox);
      if (view === 'inboxes') return its === 'inbox';
      if (view === 'drafts') return its === 'drafts';
      if (view === 'unread') return !m.keywords.includes('$seen') && !hidden.has(its);
      if (view === 'flagged') return m.keywords.includes('$flagged') && !hidden.has(its);
      return m.mailbox === view;
    });
  }

  #rows(messages: Stored[]): T.ThreadRow[] {
    const byThread = new Map<T.Id, Stored[]>();
    for (const m of messages) byThread.set(m.thread, [...(byThread.get(m.thread) ?? []), m]);
    return [...byThread.values()]
      .map((list) => {
        const last = list.at(-1) as Stored;
        const people = new Map(list.flatMap((m) => m.from).map((a) => [a.email, a]));
        return {
          id: last.thread,
          account: last.id.split('-')[0] ?? '',
          mailbox: last.mailbox,
          messages: list.map((m) => m.id),
          latest: last.id,
          subject: last.subject,
          preview: last.preview,
          people: [...people.values()],
          unread: list.filter((m) => !m.keywords.includes('$seen')).length,
          count: list.length,
          flagged: list.some((m) => m.keywords.includes('$flagged')),
          answered: list.some((m) => m.keywords.includes('$answered')),
          attachment: list.some((m) => m.attachments.length > 0),
          keywords: last.keywords.filter((k) => k.startsWith('$label')),
          receivedAt: last.receivedAt,
        };
      })
      .sort((a, b) => b.receivedAt - a.receivedAt);
  }

  #change(ids: T.Id[], apply: (m: Stored) => void): T.Receipt {
    const operation = `a1-o${++this.#operations}`;
    const touched = this.#of(ids);
    this.#undo.set(
      operation,
      touched.map((m) => ({ id: m.id, keywords: m.keywords, mailbox: m.mailbox })),
    );
    touched.forEach(apply);
    for (const account of new Set(touched.map((m) => m.id.split('-')[0] ?? '')))
      this.changed(account);
    return { operations: [operation], count: touched.length };
  }

  #moveTo(ids: T.Id[], role: T.Role): T.Receipt {
    return this.#change(ids, (m) => {
      const account = Number(m.id.slice(1).split('-')[0]);
      const target = mailboxPlan.find((b) => b[0] === account && b[3] === role);
      if (target) this.#place(m, mailboxId(target[1]));
    });
  }

  #endRefusal(id: T.Id): T.Operation {
    const doomed = this.operations.find((o) => o.id === id && o.state === 'refused');
    if (!doomed) throw this.#problem('notFound');
    this.operations = this.operations.filter((o) => o !== doomed);
    return doomed;
  }

  #place(m: Stored, mailbox: T.Id): void {
    m.mailbox = mailbox;
    m.mailboxes = [mailbox];
  }

  #services = {
    Accounts: {
      List: () => this.accounts,
      Test: (form: T.AccountForm) => this.#test(form),
      CancelTest: () => undefined,
      Add: (form: T.AccountForm) => {
        const account = this.#account(
          this.accounts.length + 1,
          { name: form.name, email: form.email },
          '',
          form.imap.host,
        );
        this.accounts.push({ ...account, signature: form.signature });
        this.emit('accounts', {});
        return account;
      },
      Update: (id: T.Id, form: T.AccountForm) => {
        const account = this.accounts.find((a) => a.id === id);
        if (account) Object.assign(account, form);
        this.emit('accounts', {});
        return account;
      },
      Remove: (id: T.Id) => {
        this.accounts.splice(
          this.accounts.findIndex((a) => a.id === id),
          1,
        );
        this.emit('accounts', {});
      },
      SetPassword: (id: T.Id) => this.setStatus({ account: id, phase: 'upToDate', problem: null }),
      SetNotifications: (id: T.Id, notify: boolean, notifyHere: boolean) => {
        const account = this.accounts.find((a) => a.id === id);
        if (account) Object.assign(account, { notify, notifyHere });
        this.emit('accounts', {});
      },
      Trust: () => undefined,
      Suggest: suggested,
      Discover: (email: string): Promise<T.Discovery> => this.#discover(email),
      CancelDiscovery: () => undefined,
      ByProvider: (provider: T.ProviderId, email: string): T.Discovery => {
        const own = provider === 'exchange' || provider === 'other';
        const host = own ? '' : `${provider}.example`;
        return { ...discovered(email, host), provider, name: provider, source: 'table' };
      },
      ...signInMethods(this),
      AddDemo: () => {
        this.accounts.push({ ...this.#account(1, me, 'Fernhill Studio', '127.0.0.1'), demo: true });
        for (const t of [...threads, ...olderThreads(150)]) this.#add(t);
        this.emit('accounts', {});
        this.changed('a1');
        return this.accounts[0];
      },
      SyncNow: () => undefined,
    },
    Mail: {
      Mailboxes: (): T.MailboxList => ({
        accounts: this.accounts.map((a) => ({
          account: a.id,
          mailboxes: mailboxPlan
            .filter((m) => `a${m[0]}` === a.id)
            .map(([, key, name, role, parent]) => {
              const id = mailboxId(key);
              const inside = this.messages.filter((m) => m.mailbox === id);
              return {
                id,
                name,
                path: name,
                parent: parent ? mailboxId(parent) : '',
                role,
                selectable: key !== 'w-projects',
                total: inside.length,
                unread: inside.filter((m) => !m.keywords.includes('$seen')).length,
                threads: new Set(inside.map((m) => m.thread)).size,
              };
            })
            .concat(a.id === 'a1' ? this.extraMailboxes : []),
        })),
      }),
      Threads: (q: T.ThreadQuery): T.ThreadPage => {
        const rows = this.#rows(this.#inView(q.view)).filter(
          (r) =>
            (!q.filter.unread || r.unread > 0) &&
            (!q.filter.flagged || r.flagged) &&
            (!q.filter.attachments || r.attachment) &&
            (!q.filter.toMe || this.#toMe(r)),
        );
        return { total: rows.length, threads: rows.slice(q.offset, q.offset + q.limit) };
      },
      Search: (q: T.SearchQuery): T.ThreadPage => {
        const words = q.query.toLowerCase().split(/\s+/).filter(Boolean);
        const rows = this.#rows(
          this.messages.filter((m) => {
            const hay = [m.subject, m.text, m.from[0]?.name, m.from[0]?.email]
              .join(' ')
              .toLowerCase();
            return (
              words.every((w) => hay.includes(w)) &&
              (q.account === '' || m.id.startsWith(`${q.account}-`))
            );
          }),
        );
        return { total: rows.length, threads: rows.slice(q.offset, q.offset + q.limit) };
      },
      Thread: (id: T.Id): T.Thread => {
        const thread = this.messages.find((m) => m.thread === id || m.id === id)?.thread;
        const messages = this.messages.filter((m) => m.thread === thread);
        if (thread === undefined) throw this.#problem('notFound');
        return { id: thread, subject: messages[0]?.subject ?? '', messages };
      },
      Body: (id: T.Id): T.Body => {
        const { remote = 0, html = '' } = this.messages.find((x) => x.id === id) ?? {};
        const url = `/mail/body?id=${id}`;
        return { url, blockedRemote: remote, hasHtml: html !== '', ...this.left };
      },
      SetKeywords: (ids: T.Id[], add: string[], remove: string[]) =>
        this.#change(ids, (m) => {
          m.keywords = [...new Set([...m.keywords, ...add])].filter((k) => !remove.includes(k));
        }),
      Move: (ids: T.Id[], mailbox: T.Id) => this.#change(ids, (m) => this.#place(m, mailbox)),
      Archive: (ids: T.Id[]) => this.#moveTo(ids, 'archive'),
      Trash: (ids: T.Id[]) => this.#moveTo(ids, 'trash'),
      Junk: (ids: T.Id[]) => this.#moveTo(ids, 'junk'),
      Destroy: (ids: T.Id[]) => this.#change(ids, (m) => this.#place(m, '')),
      Undo: (receipt: T.Receipt) => {
        for (const was of receipt.operations.flatMap((o) => this.#undo.get(o) ?? [])) {
          const m = this.messages.find((x) => x.id === was.id);
          if (m) {
            m.keywords = was.keywords;
            this.#place(m, was.mailbox);
          }
        }
        for (const a of this.accounts) this.changed(a.id);
      },
      Pending: () => this.operations,
      Dismiss: (id: T.Id) => this.#endRefusal(id),
      DestroyRefused: (id: T.Id) => {
        const { messages } = this.#endRefusal(id);
        this.queue({ kind: 'destroy', messages });
      },
      Changes: (_: T.Id, since: number): T.Changes => ({
        old: since,
        new: this.#state,
        hasMore: false,
        created: [],
        updated: [],
        destroyed: [],
        mailboxes: [],
        threads: [],
      }),
      SaveAttachment: () => this.savedTo,
      SaveAllAttachments: () => this.savedTo,
      SaveOriginal: () => this.savedTo,
      OpenAttachment: () => undefined,
      Source: (id: T.Id) => {
        const m = this.messages.find((x) => x.id === id);
        return `From: ${m?.from[0]?.email ?? ''}\r\nSubject: ${m?.subject ?? ''}\r\n\r\n${m?.text ?? ''}`;
      },
    },
    Settings: {
      Get: () => this.settings,
      Set: (settings: T.Settings) => (this.settings = settings),
      Protection: () => this.protection,
      Protect: (method: T.ProtectionMethod, passphrase: string): T.Protection => {
        this.passphrase = passphrase;
        const kept = method !== 'session';
        return (this.protection = {
          method,
          chosen: true,
          state: kept ? 'kept' : 'sessionOnly',
          problem: kept ? null : { code: 'noKeyring', args: {}, server: '' },
        });
      },
      Unlock: (passphrase: string): T.Protection => {
        if (passphrase !== this.passphrase) throw this.#problem('wrongPassphrase');
        return (this.protection = { ...this.protection, state: 'kept', problem: null });
      },
      RetryKeyring: () => this.protection,
      ForgetPasswords: (): T.Protection => {
        const problem = { code: 'noKeyring', args: {}, server: '' };
        return (this.protection = {
          method: 'keyring',
          chosen: false,
          state: 'sessionOnly',
          problem,
        });
      },
      Policy: () => this.policy,
    },
    System: {
      Info: (): T.SystemInfo => ({
        version: '0.1.0',
        platform: 'linux',
        dataDir: '/home/nora/.local/share/waxwing',
        native: this.options.native ?? false,
        demoOffered: true,
        locale: this.options.locale ?? '',
      }),
      OpenLink: () => undefined,
      InspectLink: (url: string) => ({ before: '', site: url, after: '', claimed: '' }),
      Log: () => undefined,
      Ready: () => undefined,
      Quit: () => undefined,
    },
  };

  #toMe(row: T.ThreadRow): boolean {
    const own = this.accounts.map((a) => a.email);
    return this.#of(row.messages).some((m) => m.to.some((a) => own.includes(a.email)));
  }

  /** A test that fails at the sign-in when the password is "wrong". */
  /** "quay" names another's servers, "nowhere" none; everything else answers by its usual names. */
  async #discover(email: string): Promise<T.Discovery> {
    await new Promise((resolve) => setTimeout(resolve, 60));
    const domain = email.split('@')[1] ?? '';
    if (domain.startsWith('nowhere')) throw this.#problem('notDiscovered', { domain });
    if (!domain.startsWith('quay')) return discovered(email, domain);
    const found = discovered(email, 'hoster.example');
    const cautions: T.Caution[] = [{ code: 'otherDomain', host: found.imap.host }];
    return { ...found, source: 'srv', from: domain, cautions };
  }

  async #test(form: T.AccountForm): Promise<T.TestReport> {
    const names = ['resolve', 'connect', 'tls', 'signIn', 'capabilities'];
    const steps: T.TestStep[] = ['imap', 'smtp'].flatMap((protocol) =>
      names.map((name) => ({ name: `${protocol}.${name}`, state: 'waiting', detail: '' })),
    );
    for (const step of steps) {
      step.state = 'running';
      this.emit('test', { ok: false, steps: structuredClone(steps) });
      await new Promise((resolve) => setTimeout(resolve, 120));
      if (step.name === 'imap.signIn' && form.password === 'wrong') {
        step.state = 'failed';
        step.problem = {
          code: 'signIn',
          args: { host: form.imap.host },
          server: 'NO [AUTHENTICATIONFAILED] Invalid credentials',
        };
        for (const rest of steps) if (rest.state === 'waiting') rest.state = 'skipped';
        break;
      }
      step.state = 'ok';
    }
    const report = { ok: steps.every((s) => s.state === 'ok'), steps };
    this.emit('test', report);
    return report;
  }

  #problem(code: string, args: Record<string, string> = {}): string {
    return JSON.stringify({ code, args, server: '' });
  }

  /** Injects the services and events into a page, as Wails does. */
  install(target: object): void {
    const app: Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>> = {};
    for (const [service, methods] of Object.entries(this.#services)) {
      app[service] = {};
      for (const [method, run] of Object.entries(methods)) {
        app[service][method] = async (...args: unknown[]) => {
          const name = `${service}.${method}`;
          this.calls.push({ method: name, args });
          const refusal = this.refuse.get(name);
          this.refuse.delete(name);
          // Wails rejects with the error's text.
          if (refusal) throw JSON.stringify(refusal);
          const result = await (run as (...a: unknown[]) => unknown)(...args);
          return result === undefined ? undefined : structuredClone(result);
        };
      }
    }
    Object.assign(target, {
      go: { app },
      runtime: {
        EventsOn: (name: string, handler: (payload: unknown) => void) => {
          const set = this.#listeners.get(name) ?? new Set();
          this.#listeners.set(name, set.add(handler));
          return () => set.delete(handler);
        },
      },
    });
  }

  /** The document of a message's body. */
  bodyOf(id: T.Id): { text: string; html: string } {
    const m = this.messages.find((x) => x.id === id);
    return { text: m?.text ?? '', html: m?.html ?? '' };
  }
}
