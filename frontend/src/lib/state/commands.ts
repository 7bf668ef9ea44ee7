import type { Component } from 'svelte';
import type { Key } from '../i18n/index.svelte';
import * as icons from '../ui/icons';
import type { App } from './app.svelte';

/** Something a person can do by key, from the palette or from a menu. */
export interface Command {
  id: string;
  title: Key;
  group: 'mail.groupGo' | 'mail.groupConversation' | 'mail.groupList' | 'mail.groupWindow';
  icon?: Component<{ size?: number; strokeWidth?: number }>;
  /** Shortcuts as keys.ts writes them; the first is the one shown. */
  keys: string[];
  /** Left out of the palette: moving about makes no sense there. */
  keyOnly?: boolean;
  /** Whether there is such a thing here at all; otherwise it is shown nowhere. */
  offered?: (app: App) => boolean;
  /** Why it can't be done now; undefined when it can. */
  hindrance?: (app: App) => Key | undefined;
  run: (app: App) => void;
}

const nothingChosen = (app: App): Key | undefined =>
  app.list.chosen.length > 0 ? undefined : 'mail.hindrance.nothingChosen';

/** Whether the command can be run now. */
export function canRun(command: Command, app: App): boolean {
  return command.offered?.(app) !== false && command.hindrance?.(app) === undefined;
}

function step(app: App, by: number): void {
  const id = app.list.neighbour(by);
  if (id === undefined) return;
  if (app.layout.fit === 'narrow' && app.layout.pane === 'reader') app.openThread(id);
  else app.list.moveTo(id);
}

const nothingOpen = (app: App): Key | undefined =>
  app.reader.thread || app.list.chosen.length === 1 ? undefined : 'mail.hindrance.nothingChosen';

/** Every command there is; the palette, the shortcut list and the keyboard share it. */
export const commands: readonly Command[] = [
  {
    id: 'next',
    title: 'mail.next',
    group: 'mail.groupList',
    keys: ['j'],
    keyOnly: true,
    run: (app) => step(app, 1),
  },
  {
    id: 'previous',
    title: 'mail.previous',
    group: 'mail.groupList',
    keys: ['k'],
    keyOnly: true,
    run: (app) => step(app, -1),
  },
  {
    id: 'select',
    title: 'mail.select',
    group: 'mail.groupList',
    keys: ['x'],
    keyOnly: true,
    run: ({ list }) => list.cursor !== undefined && list.toggleSelected(list.cursor),
  },
  {
    id: 'compose',
    title: 'compose.new',
    group: 'mail.groupConversation',
    icon: icons.SquarePen,
    keys: ['c', 'mod+n'],
    run: (app) => void app.composers.start({ account: app.accountInView }),
  },
  {
    id: 'reply',
    title: 'compose.reply',
    group: 'mail.groupConversation',
    icon: icons.Reply,
    keys: ['r'],
    hindrance: nothingOpen,
    run: (app) => app.respond('reply'),
  },
  {
    id: 'replyAll',
    title: 'compose.replyAll',
    group: 'mail.groupConversation',
    icon: icons.ReplyAll,
    keys: ['a'],
    hindrance: nothingOpen,
    run: (app) => app.respond('replyAll'),
  },
  {
    id: 'forward',
    title: 'compose.forward',
    group: 'mail.groupConversation',
    icon: icons.Forward,
    keys: ['f'],
    hindrance: nothingOpen,
    run: (app) => app.respond('forward'),
  },
  {
    id: 'archive',
    title: 'mail.archive',
    group: 'mail.groupConversation',
    icon: icons.Archive,
    keys: ['e'],
    hindrance: nothingChosen,
    run: (app) => void app.actions.archive(app.list.chosen),
  },
  {
    id: 'delete',
    title: 'mail.delete',
    group: 'mail.groupConversation',
    icon: icons.Trash2,
    keys: ['#', 'delete'],
    hindrance: nothingChosen,
    run: (app) => app.deleteChosen(),
  },
  {
    id: 'junk',
    title: 'mail.junk',
    group: 'mail.groupConversation',
    icon: icons.OctagonAlert,
    keys: ['!'],
    hindrance: nothingChosen,
    run: (app) => void app.actions.junk(app.list.chosen),
  },
  {
    id: 'move',
    title: 'mail.moveTo',
    group: 'mail.groupConversation',
    icon: icons.FolderInput,
    keys: ['v'],
    hindrance: nothingChosen,
    run: ({ screens }) => (screens.palette = 'move'),
  },
  {
    id: 'flag',
    title: 'mail.toggleFlag',
    group: 'mail.groupConversation',
    icon: icons.Star,
    keys: ['s'],
    hindrance: nothingChosen,
    run: ({ actions, list: { chosen: rows } }) =>
      void actions.setFlag(rows, !rows.every((row) => row.flagged)),
  },
  {
    id: 'unread',
    title: 'mail.toggleRead',
    group: 'mail.groupConversation',
    icon: icons.MailOpen,
    keys: ['u'],
    hindrance: nothingChosen,
    run: ({ actions, list: { chosen: rows } }) =>
      void actions.setRead(
        rows,
        rows.some((row) => row.unread > 0),
      ),
  },
  {
    id: 'undo',
    title: 'common.undo',
    group: 'mail.groupConversation',
    icon: icons.Undo2,
    keys: ['mod+z'],
    hindrance: (app) => (app.actions.canUndo ? undefined : 'mail.hindrance.nothingToUndo'),
    run: (app) => void app.attempt(() => app.actions.undo()),
  },
  {
    id: 'goInboxes',
    title: 'mail.goInboxes',
    group: 'mail.groupGo',
    icon: icons.Inbox,
    keys: ['g i'],
    run: (app) => app.openView('inboxes'),
  },
  {
    id: 'goUnread',
    title: 'mail.goUnread',
    group: 'mail.groupGo',
    icon: icons.CircleDot,
    keys: ['g u'],
    run: (app) => app.openView('unread'),
  },
  {
    id: 'goFlagged',
    title: 'mail.goFlagged',
    group: 'mail.groupGo',
    icon: icons.Star,
    keys: ['g s'],
    run: (app) => app.openView('flagged'),
  },
  {
    id: 'goDrafts',
    title: 'mail.goDrafts',
    group: 'mail.groupGo',
    icon: icons.FilePen,
    keys: ['g d'],
    run: (app) => app.openView('drafts'),
  },
  {
    id: 'search',
    title: 'mail.search',
    group: 'mail.groupGo',
    icon: icons.Search,
    keys: ['/', 'mod+f'],
    run: (app) => app.focusSearch(),
  },
  {
    id: 'sync',
    title: 'mail.syncNow',
    group: 'mail.groupWindow',
    icon: icons.RefreshCw,
    keys: ['mod+r'],
    run: (app) => void app.attempt(() => app.api.accounts.syncNow('')),
  },
  {
    id: 'changes',
    title: 'mail.changes',
    group: 'mail.groupWindow',
    icon: icons.CloudUpload,
    keys: [],
    run: ({ screens }) => (screens.changes = true),
  },
  {
    id: 'outbox',
    title: 'compose.outbox',
    group: 'mail.groupGo',
    icon: icons.Send,
    keys: ['g o'],
    run: ({ screens }) => (screens.outbox = true),
  },
  {
    id: 'connect',
    title: 'common.connectEmail',
    group: 'mail.groupWindow',
    icon: icons.Plus,
    keys: [],
    run: ({ screens }) => screens.openConnect(),
  },
  {
    id: 'palette',
    title: 'mail.palette',
    group: 'mail.groupWindow',
    keys: ['mod+k'],
    keyOnly: true,
    run: ({ screens }) => (screens.palette = 'commands'),
  },
  {
    id: 'shortcuts',
    title: 'mail.shortcuts',
    group: 'mail.groupWindow',
    icon: icons.Keyboard,
    keys: ['?'],
    run: ({ screens }) => (screens.shortcuts = true),
  },
  {
    id: 'settings',
    title: 'common.settings',
    group: 'mail.groupWindow',
    icon: icons.Settings,
    keys: ['mod+,'],
    run: ({ screens }) => screens.openSettings(),
  },
  {
    id: 'quit',
    title: 'mail.quit',
    group: 'mail.groupWindow',
    icon: icons.Power,
    keys: ['mod+q'],
    offered: (app) => app.info?.native === true,
    run: (app) => void app.quit(),
  },
  {
    id: 'back',
    title: 'common.back',
    group: 'mail.groupWindow',
    keys: ['escape'],
    keyOnly: true,
    run: ({ layout, list }) => {
      if (list.selected.size > 0) list.clearSelection();
      else if (!layout.back() && list.query !== '') list.search('');
    },
  },
];

const byKeys = new Map(commands.flatMap((command) => command.keys.map((k) => [k, command])));

/** Every shortcut in use. */
export const knownKeys: ReadonlySet<string> = new Set(byKeys.keys());

/** Runs the command of a shortcut; reports whether there was one to run. */
export function runKeys(keys: string, app: App): boolean {
  const command = byKeys.get(keys);
  if (!command || !canRun(command, app)) return false;
  command.run(app);
  return true;
}

export function commandOf(id: string): Command | undefined {
  return commands.find((command) => command.id === id);
}
