import type * as T from '../src/lib/api/types.ts';
import { accountMethods, newAccount } from './accounts.ts';
import { ComposeFake } from './compose.ts';
import { me, meAtHome, olderThreads, threads, type SampleThread } from './data.ts';
import { initialPolicy, initialSettings } from './initial.ts';
import { mailMethods } from './mail.ts';
import { accountOf, stored, type Stored } from './messages.ts';
import { settingsMethods, systemMethods } from './settings.ts';

const minute = 60_000;

/** How the fake is to start. */
export interface FakeOptions {
  accounts?: number;
  older?: number;
  now?: number;
  locale?: string;
  /** As in the window: files are saved by dialogs of the system. */
  native?: boolean;
  /** Why the stored mail can't be opened: the problem's code. */
  problem?: string;
}

/**
 * The Go side with everything in memory: the bound services and events that
 * Wails would inject. For development and component tests only. This file holds
 * what the fake knows and what tests make happen; the services stand beside it.
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
  /** What becomes of the next sign-ins at a provider's page. */
  finishSignIn: () => Promise<string> = () => Promise.resolve('granted');
  /** Drafts, and messages on their way out. */
  readonly compose = new ComposeFake(this);
  /** The state counter that every change raises. */
  state = 1;
  #listeners = new Map<string, Set<(payload: unknown) => void>>();
  #operations = 0;
  readonly #now: number;
  readonly #services;

  constructor(options: FakeOptions = {}) {
    this.#now = options.now ?? Date.now();
    this.#services = {
      Accounts: accountMethods(this),
      Mail: mailMethods(this),
      Identities: this.compose.identities,
      Compose: this.compose.methods,
      Settings: settingsMethods(this),
      System: systemMethods(options),
    };
    const wanted = options.accounts ?? 2;
    const at = this.lastSync;
    if (wanted > 0)
      this.accounts.push(newAccount(1, me, 'Fernhill Studio', 'mail.fernhill.example', at));
    if (wanted > 1) this.accounts.push(newAccount(2, meAtHome, '', 'imap.posthaus.example', at));
    if (wanted > 0)
      for (const t of [...threads, ...olderThreads(options.older ?? 400)]) this.add(t);
  }

  /** When accounts were last up to date. */
  get lastSync(): number {
    return this.#now - 2 * minute;
  }

  /** Keeps the messages of a sample thread; returns the thread. */
  add(sample: SampleThread): T.Id {
    const added = stored(sample, this.messages.length, this.#now);
    this.messages.push(...added);
    return added[0]?.thread ?? '';
  }

  /** Delivers new mail and says so. */
  deliver(sample: SampleThread): T.Id {
    const thread = this.add(sample);
    this.changed(accountOf(thread));
    return thread;
  }

  emit<N extends keyof T.Events>(name: N, payload: T.Events[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload);
  }

  changed(account: T.Id): void {
    this.emit('changed', { account, state: ++this.state });
  }

  nextOperation(): T.Id {
    return `a1-o${++this.#operations}`;
  }

  /** Queues a change as if its server didn't answer, or refused it. */
  queue(part: Partial<T.Operation>): T.Operation {
    const operation: T.Operation = {
      id: this.nextOperation(),
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
