import { Keyword, type Operation } from '../api';
import { t, type Key } from '../i18n/index.svelte';
import type { Mailboxes } from '../state/mailboxes.svelte';
import { mailboxName } from './names';

/** What giving (+) or taking (-) a single keyword is called. */
const marks = new Map<string, Key>([
  [`+${Keyword.seen}`, 'mail.change.read'],
  [`-${Keyword.seen}`, 'mail.change.unread'],
  [`+${Keyword.flagged}`, 'mail.change.flag'],
  [`-${Keyword.flagged}`, 'mail.change.unflag'],
]);

/** What a change does: "Move 3 messages to Projects". */
export function describeOperation(operation: Operation, mailboxes: Mailboxes): string {
  const count = operation.messages;
  switch (operation.kind) {
    case 'destroy':
      return t('mail.change.destroy', { count });
    case 'move': {
      const target = mailboxes.find(operation.mailbox);
      return target
        ? t('mail.change.move', { count, mailbox: mailboxName(target) })
        : t('mail.change.moveAway', { count });
    }
    case 'append': {
      const target = mailboxes.find(operation.mailbox);
      return target
        ? t('mail.change.append', { count, mailbox: mailboxName(target) })
        : t('mail.change.appendUnknown', { count });
    }
    case 'keywords': {
      const [only, ...more] = [
        ...operation.add.map((k) => `+${k}`),
        ...operation.remove.map((k) => `-${k}`),
      ];
      const key = more.length === 0 ? marks.get(only ?? '') : undefined;
      return t(key ?? 'mail.change.keywords', { count });
    }
  }
}
