import type { Account, Api, Id, JointView, Mailbox, Role } from '../api';
import type { Accounts } from './accounts.svelte';
import { Latest } from './latest';

/** A mailbox in the tree of the sidebar. */
export interface Node {
  mailbox: Mailbox;
  depth: number;
  children: Node[];
  /** How many mailboxes stand under it, at every depth. */
  size: number;
}

export interface AccountTree {
  account: Account;
  nodes: Node[];
}

const roleOrder: Role[] = ['inbox', 'drafts', 'sent', 'archive', 'all', 'junk', 'trash'];

export function isJoint(view: string): view is JointView {
  return view === 'inboxes' || view === 'unread' || view === 'flagged' || view === 'drafts';
}

/** By role, then by name; each under its parent. */
export function treeOf(mailboxes: Mailbox[], locale: string): Node[] {
  const known = new Set(mailboxes.map((m) => m.id));
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const rank = (m: Mailbox) => (m.role === '' ? roleOrder.length : roleOrder.indexOf(m.role));
  const sorted = [...mailboxes].sort(
    (a, b) => rank(a) - rank(b) || collator.compare(a.name, b.name),
  );
  const under = new Map<Id, Mailbox[]>();
  for (const m of sorted) {
    const parent = known.has(m.parent) && m.parent !== m.id ? m.parent : '';
    const siblings = under.get(parent);
    if (siblings) siblings.push(m);
    else under.set(parent, [m]);
  }
  const nodes = (parent: Id, depth: number): Node[] =>
    (under.get(parent) ?? []).map((mailbox) => {
      const children = nodes(mailbox.id, depth + 1);
      return { mailbox, depth, children, size: children.reduce((n, c) => n + 1 + c.size, 0) };
    });
  return nodes('', 0);
}

/** The mailboxes of every account, as the sidebar shows them. */
export class Mailboxes {
  all = $state.raw<{ account: Id; mailboxes: Mailbox[] }[]>([]);
  loaded = $state(false);
  readonly #latest = new Latest();
  /** The trees of the lists of one locale: building one of thousands takes a moment. */
  readonly #trees = new WeakMap<Mailbox[], { locale: string; nodes: Node[] }>();
  #byId = $derived(new Map(this.all.flatMap((a) => a.mailboxes.map((m) => [m.id, m] as const))));

  constructor(
    private readonly api: Api,
    private readonly accounts: Accounts,
  ) {}

  async load(): Promise<void> {
    const answer = await this.#latest.ask(() => this.api.mail.mailboxes());
    if (!answer) return;
    const before = new Map(this.all.map((a) => [a.account, a]));
    // What didn't change keeps its identity, and nothing of it is drawn anew.
    const next = answer.accounts.map((now) => {
      const old = before.get(now.account);
      return old && JSON.stringify(old) === JSON.stringify(now) ? old : now;
    });
    if (next.length !== this.all.length || next.some((a, i) => a !== this.all[i])) this.all = next;
    this.loaded = true;
  }

  find(id: Id): Mailbox | undefined {
    return this.#byId.get(id);
  }

  of(account: Id): Mailbox[] {
    return this.all.find((a) => a.account === account)?.mailboxes ?? [];
  }

  byRole(account: Id, role: Role): Mailbox | undefined {
    return this.of(account).find((m) => m.role === role);
  }

  /** The tree of each account, in the accounts' order. */
  trees(locale: string): AccountTree[] {
    return this.accounts.all.map((account) => ({
      account,
      nodes: this.tree(account.id, locale),
    }));
  }

  /** The tree of one account. */
  tree(account: Id, locale: string): Node[] {
    const list = this.of(account);
    const kept = this.#trees.get(list);
    if (kept?.locale === locale) return kept.nodes;
    const nodes = treeOf(list, locale);
    this.#trees.set(list, { locale, nodes });
    return nodes;
  }

  /** The number beside a view: unread messages, or how many drafts there are. */
  countOf(view: string): number {
    const sum = (role: Role, of: 'unread' | 'total') =>
      this.all.reduce((n, a) => n + (a.mailboxes.find((m) => m.role === role)?.[of] ?? 0), 0);
    if (view === 'inboxes') return sum('inbox', 'unread');
    if (view === 'drafts') return sum('drafts', 'total');
    const mailbox = this.find(view);
    if (!mailbox || mailbox.role === 'trash' || mailbox.role === 'sent') return 0;
    return mailbox.role === 'drafts' ? mailbox.total : mailbox.unread;
  }
}
