import type * as T from '../src/lib/api/types.ts';
import type { Stored } from './messages.ts';

/** The mailboxes of both sample accounts. */
export const mailboxPlan: [
  account: number,
  key: string,
  name: string,
  role: T.Role,
  parent?: string,
][] = [
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

/** The id of a mailbox by its key in the plan; empty for an unknown one. */
export const mailboxId = (key: string): T.Id => {
  const index = mailboxPlan.findIndex((m) => m[1] === key);
  return index < 0 ? '' : `a${mailboxPlan[index]?.[0] ?? 0}-b${index + 1}`;
};

/** The mailboxes of an account with what is in them. */
export const mailboxesOf = (account: T.Id, messages: Stored[]): T.Mailbox[] =>
  mailboxPlan
    .filter((m) => `a${m[0]}` === account)
    .map(([, key, name, role, parent]) => {
      const id = mailboxId(key);
      const inside = messages.filter((m) => m.mailbox === id);
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
    });
