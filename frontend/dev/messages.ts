import type * as T from '../src/lib/api/types.ts';
import { me, type SampleThread } from './data.ts';
import { mailboxId, mailboxPlan } from './mailboxes.ts';

/** A message as the fake keeps it. */
export interface Stored extends T.Message {
  mailbox: T.Id;
  text: string;
  html: string;
  remote: number;
}

const minute = 60_000;

/** The account that an id belongs to: "a1-m7" is of "a1". */
export const accountOf = (id: T.Id): T.Id => id.split('-')[0] ?? '';

/** Puts a message into a mailbox, and out of every other. */
export function place(m: Stored, mailbox: T.Id): void {
  m.mailbox = mailbox;
  m.mailboxes = [mailbox];
}

/** The messages of a sample thread; `count` others are there already. */
export function stored(sample: SampleThread, count: number, now: number): Stored[] {
  const mailbox = mailboxId(sample.mailbox);
  const account = accountOf(mailbox) || 'a1';
  const thread = `${account}-t${count + 1}`;
  return sample.messages.map((m, index) => {
    const receivedAt = now - m.age * minute;
    const keywords = [...(sample.keywords ?? [])];
    if (m.read) keywords.push('$seen');
    if (sample.answered) keywords.push('$answered');
    if (sample.flagged && m === sample.messages.at(-1)) keywords.push('$flagged');
    const own = m.from.email === me.email && sample.mailbox === 'w-inbox';
    const text = m.text ?? '';
    return {
      id: `${account}-m${count + index + 1}`,
      thread,
      mailbox: own ? mailboxId('w-sent') : mailbox,
      mailboxes: [own ? mailboxId('w-sent') : mailbox],
      keywords,
      messageId: `${count + index}@waxwing.example`,
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
    };
  });
}

/** What a view of the sidebar shows: a mailbox, or one that joins several. */
export function inView(messages: Stored[], view: string): Stored[] {
  const role = new Map(mailboxPlan.map((m) => [mailboxId(m[1]), m[3]]));
  const hidden = new Set<T.Role | undefined>(['trash', 'junk', 'sent']);
  return messages.filter((m) => {
    const its = role.get(m.mailbox);
    if (view === 'inboxes') return its === 'inbox';
    if (view === 'drafts') return its === 'drafts';
    if (view === 'unread') return !m.keywords.includes('$seen') && !hidden.has(its);
    if (view === 'flagged') return m.keywords.includes('$flagged') && !hidden.has(its);
    return m.mailbox === view;
  });
}

/** The messages that hold every word of a search, of one account or of all. */
export function matching(messages: Stored[], { query, account }: T.SearchQuery): Stored[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return messages.filter((m) => {
    const hay = [m.subject, m.text, m.from[0]?.name, m.from[0]?.email].join(' ').toLowerCase();
    return (
      words.every((w) => hay.includes(w)) && (account === '' || m.id.startsWith(`${account}-`))
    );
  });
}

/** The rows of a list, newest first. */
export function rows(messages: Stored[]): T.ThreadRow[] {
  const byThread = new Map<T.Id, Stored[]>();
  for (const m of messages) byThread.set(m.thread, [...(byThread.get(m.thread) ?? []), m]);
  return [...byThread.values()].map(row).sort((a, b) => b.receivedAt - a.receivedAt);
}

function row(list: Stored[]): T.ThreadRow {
  const last = list.at(-1) as Stored;
  const people = new Map(list.flatMap((m) => m.from).map((a) => [a.email, a]));
  return {
    id: last.thread,
    account: accountOf(last.id),
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
}
