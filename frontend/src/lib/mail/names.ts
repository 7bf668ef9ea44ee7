import type { Component } from 'svelte';
import type { JointView, Mailbox, Role } from '../api';
import { t, type Key } from '../i18n/index.svelte';
import * as icons from '../ui/icons';

type Icon = Component<{ size?: number; strokeWidth?: number }>;

const roles: Record<Exclude<Role, ''>, { name: Key; icon: Icon }> = {
  inbox: { name: 'mail.role.inbox', icon: icons.Inbox },
  drafts: { name: 'mail.role.drafts', icon: icons.FilePen },
  sent: { name: 'mail.role.sent', icon: icons.Send },
  archive: { name: 'mail.role.archive', icon: icons.Archive },
  junk: { name: 'mail.role.junk', icon: icons.OctagonAlert },
  trash: { name: 'mail.role.trash', icon: icons.Trash2 },
  all: { name: 'mail.role.all', icon: icons.Mail },
};

const joint: Record<JointView, { name: Key; icon: Icon }> = {
  inboxes: { name: 'mail.view.inboxes', icon: icons.Inbox },
  unread: { name: 'mail.view.unread', icon: icons.CircleDot },
  flagged: { name: 'mail.view.flagged', icon: icons.Star },
  drafts: { name: 'mail.view.drafts', icon: icons.FilePen },
};

export const jointViews = Object.keys(joint) as JointView[];

/** A mailbox with a role has our name for it, whatever the server calls it. */
export function mailboxName(mailbox: Mailbox): string {
  return mailbox.role === '' ? mailbox.name : t(roles[mailbox.role].name);
}

export function mailboxIcon(mailbox: Mailbox): Icon {
  return mailbox.role === '' ? icons.Folder : roles[mailbox.role].icon;
}

export function jointName(view: JointView): string {
  return t(joint[view].name);
}

export function jointIcon(view: JointView): Icon {
  return joint[view].icon;
}
