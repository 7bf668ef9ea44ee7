import type { Mailbox, ThreadRow } from '../api';
import { getLocale, t } from '../i18n/index.svelte';
import type { App } from '../state/app.svelte';
import { canRun, commandOf } from '../state/commands';
import { showKeys } from '../state/keys';
import type { Node } from '../state/mailboxes.svelte';
import { MailOpen, Mail, Star } from '../ui/icons';
import type { MenuEntry } from '../ui/menu';
import { mailboxIcon, mailboxName } from './names';

/** A mailbox that threads can be moved to, with the names of its parents. */
export interface Target {
  mailbox: Mailbox;
  name: string;
}

/** Whether these threads are of several accounts, so that no mailbox is theirs together. */
export function severalAccounts(rows: readonly ThreadRow[]): boolean {
  return new Set(rows.map((row) => row.account)).size > 1;
}

/** Where these threads can be moved: the other mailboxes of their one account. */
export function moveTargets(app: App, rows: readonly ThreadRow[]): Target[] {
  const account = rows[0]?.account;
  if (account === undefined || severalAccounts(rows)) return [];
  const from = new Set(rows.map((row) => row.mailbox));
  const walk = (nodes: Node[], path: string[]): Target[] =>
    nodes.flatMap(({ mailbox, children }) => {
      const names = [...path, mailboxName(mailbox)];
      const here =
        mailbox.selectable && !from.has(mailbox.id) ? [{ mailbox, name: names.join(' › ') }] : [];
      return [...here, ...walk(children, names)];
    });
  return walk(app.mailboxes.tree(account, getLocale()), []);
}

/** An entry that runs a command, under its name and shortcut. */
export function commandEntry(app: App, id: string): MenuEntry {
  const command = commandOf(id);
  if (!command) throw new Error(`no command ${id}`);
  return {
    label: t(command.title),
    icon: command.icon,
    shortcut: showKeys(command.keys[0] ?? ''),
    danger: id === 'delete',
    disabled: !canRun(command, app),
    onselect: () => command.run(app),
  };
}

/** A menu holds no more places than this; more are chosen by typing. */
const menuTargets = 40;

/** The entry "Move to" with its mailboxes, or leading to the palette when they are many. */
export function moveEntry(app: App, rows: readonly ThreadRow[]): MenuEntry {
  const targets = moveTargets(app, rows);
  if (targets.length > menuTargets) return commandEntry(app, 'move');
  return {
    label: t('mail.moveTo'),
    icon: commandOf('move')?.icon,
    disabled: targets.length === 0,
    entries: targets.map(({ mailbox, name }) => ({
      label: name,
      icon: mailboxIcon(mailbox),
      onselect: () => void app.actions.move([...rows], mailbox, name),
    })),
  };
}

/** What can be done with the chosen threads. */
export function threadMenu(app: App): MenuEntry[] {
  const rows = app.list.chosen;
  const unread = rows.some((row) => row.unread > 0);
  const flagged = rows.length > 0 && rows.every((row) => row.flagged);
  return [
    {
      label: t(unread ? 'mail.markRead' : 'mail.markUnread'),
      icon: unread ? MailOpen : Mail,
      shortcut: showKeys('u'),
      onselect: () => void app.actions.setRead(rows, unread),
    },
    {
      label: t(flagged ? 'mail.unflag' : 'mail.flag'),
      icon: Star,
      shortcut: showKeys('s'),
      onselect: () => void app.actions.setFlag(rows, !flagged),
    },
    'line',
    commandEntry(app, 'archive'),
    moveEntry(app, rows),
    commandEntry(app, 'junk'),
    'line',
    commandEntry(app, 'delete'),
  ];
}
