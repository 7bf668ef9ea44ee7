import type * as T from '../src/lib/api/types.ts';
import type { FakeGo } from './fake.ts';
import { mailboxesOf, mailboxId, mailboxPlan } from './mailboxes.ts';
import { accountOf, inView, matching, place, rows, type Stored } from './messages.ts';
import { problem } from './problem.ts';

interface Undoable {
  id: T.Id;
  keywords: string[];
  mailbox: T.Id;
}

const page = (all: T.ThreadRow[], q: { offset: number; limit: number }): T.ThreadPage => ({
  total: all.length,
  threads: all.slice(q.offset, q.offset + q.limit),
});

/** The methods of Mail that change it, and what takes that back. */
function changes(fake: FakeGo) {
  const undo = new Map<T.Id, Undoable[]>();

  const change = (ids: T.Id[], apply: (m: Stored) => void): T.Receipt => {
    const operation = fake.nextOperation();
    const touched = fake.messages.filter((m) => ids.includes(m.id));
    undo.set(
      operation,
      touched.map((m) => ({ id: m.id, keywords: m.keywords, mailbox: m.mailbox })),
    );
    touched.forEach(apply);
    for (const account of new Set(touched.map((m) => accountOf(m.id)))) fake.changed(account);
    return { operations: [operation], count: touched.length };
  };

  const moveTo = (ids: T.Id[], role: T.Role): T.Receipt =>
    change(ids, (m) => {
      const target = mailboxPlan.find((b) => `a${b[0]}` === accountOf(m.id) && b[3] === role);
      if (target) place(m, mailboxId(target[1]));
    });

  return {
    SetKeywords: (ids: T.Id[], add: string[], remove: string[]) =>
      change(ids, (m) => {
        m.keywords = [...new Set([...m.keywords, ...add])].filter((k) => !remove.includes(k));
      }),
    Move: (ids: T.Id[], mailbox: T.Id) => change(ids, (m) => place(m, mailbox)),
    Archive: (ids: T.Id[]) => moveTo(ids, 'archive'),
    Trash: (ids: T.Id[]) => moveTo(ids, 'trash'),
    Junk: (ids: T.Id[]) => moveTo(ids, 'junk'),
    Destroy: (ids: T.Id[]) => change(ids, (m) => place(m, '')),
    Undo: (receipt: T.Receipt) => {
      for (const was of receipt.operations.flatMap((o) => undo.get(o) ?? [])) {
        const m = fake.messages.find((x) => x.id === was.id);
        if (m) {
          m.keywords = was.keywords;
          place(m, was.mailbox);
        }
      }
      for (const a of fake.accounts) fake.changed(a.id);
    },
  };
}

/** The methods of Mail about what waits for the servers or was refused. */
function operations(fake: FakeGo) {
  const endRefusal = (id: T.Id): T.Operation => {
    const doomed = fake.operations.find((o) => o.id === id && o.state === 'refused');
    if (!doomed) throw problem('notFound');
    fake.operations = fake.operations.filter((o) => o !== doomed);
    return doomed;
  };
  return {
    Pending: () => fake.operations,
    Dismiss: (id: T.Id) => endRefusal(id),
    RetryRefused: (id: T.Id) => {
      fake.queue({ ...endRefusal(id), state: 'pending', problem: null });
    },
    DestroyRefused: (id: T.Id) => {
      const { messages } = endRefusal(id);
      fake.queue({ kind: 'destroy', messages });
    },
  };
}

/** The methods of Mail. */
export function mailMethods(fake: FakeGo) {
  const message = (id: T.Id) => fake.messages.find((m) => m.id === id);
  const toMe = (row: T.ThreadRow): boolean => {
    const own = fake.accounts.map((a) => a.email);
    return row.messages.some((id) => message(id)?.to.some((a) => own.includes(a.email)));
  };
  return {
    ...changes(fake),
    ...operations(fake),
    Mailboxes: (): T.MailboxList => ({
      accounts: fake.accounts.map((a) => ({
        account: a.id,
        mailboxes: [
          ...mailboxesOf(a.id, fake.messages),
          ...(a.id === 'a1' ? fake.extraMailboxes : []),
        ],
      })),
    }),
    Threads: (q: T.ThreadQuery): T.ThreadPage =>
      page(
        rows(inView(fake.messages, q.view)).filter(
          (r) =>
            (!q.filter.unread || r.unread > 0) &&
            (!q.filter.flagged || r.flagged) &&
            (!q.filter.attachments || r.attachment) &&
            (!q.filter.toMe || toMe(r)),
        ),
        q,
      ),
    Search: (q: T.SearchQuery): T.ThreadPage => page(rows(matching(fake.messages, q)), q),
    Thread: (id: T.Id): T.Thread => {
      const thread = fake.messages.find((m) => m.thread === id || m.id === id)?.thread;
      const messages = fake.messages.filter((m) => m.thread === thread);
      if (thread === undefined) throw problem('notFound');
      return { id: thread, subject: messages[0]?.subject ?? '', messages };
    },
    Body: (id: T.Id): T.Body => {
      const { remote = 0, html = '' } = message(id) ?? {};
      const url = `/mail/body?id=${id}`;
      return { url, blockedRemote: remote, hasHtml: html !== '', ...fake.left };
    },
    Changes: (_: T.Id, since: number): T.Changes => ({
      old: since,
      new: fake.state,
      hasMore: false,
      created: [],
      updated: [],
      destroyed: [],
      mailboxes: [],
      threads: [],
    }),
    SaveAttachment: () => fake.savedTo,
    SaveAllAttachments: () => fake.savedTo,
    SaveOriginal: () => fake.savedTo,
    OpenAttachment: () => undefined,
    Source: (id: T.Id) => {
      const m = message(id);
      return `From: ${m?.from[0]?.email ?? ''}\r\nSubject: ${m?.subject ?? ''}\r\n\r\n${m?.text ?? ''}`;
    },
  };
}
