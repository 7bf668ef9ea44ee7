import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import { Keyword, wailsApi } from '../api';
import { App } from './app.svelte';
import { runKeys } from './commands';
import { treeOf } from './mailboxes.svelte';
import { readDelay } from './reader.svelte';
import { noticeTime } from './snackbar.svelte';

let go: FakeGo;
let app: App;

const called = (method: string) => go.calls.filter((c) => c.method === method).map((c) => c.args);

/** Lets everything under way come to its end, and time pass. */
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(async () => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  vi.useFakeTimers({ now: new Date('2026-11-22T14:32:00') });
  go = new FakeGo({ older: 60 });
  go.install(window);
  app = new App(wailsApi());
  await app.start();
  await pass();
});

afterEach(() => {
  app.stop();
  vi.useRealTimers();
});

const first = () => {
  const row = app.list.rows.at(0);
  if (!row) throw new Error('the list is empty');
  return row;
};

test('the open conversation is followed when it becomes part of another', async () => {
  const row = first();
  app.list.moveTo(row.id);
  await app.reader.open(row.id);
  for (const m of go.messages) if (m.thread === row.id) m.thread = 'a1-t1';
  go.changed('a1');
  await pass(200);
  expect(app.reader.thread?.id).toBe('a1-t1');
  expect(app.reader.problem).toBeUndefined();
  expect(app.list.cursor).toBe('a1-t1');
  expect(app.list.chosen.map((r) => r.id)).toEqual(['a1-t1']);
});

describe('an action', () => {
  test('is seen at once, done, and undone', async () => {
    const row = first();
    const { total } = app.list;
    app.list.moveTo(row.id);
    const done = app.actions.archive([row]);
    expect(app.list.rows.indexOf(row.id)).toBe(-1);
    await done;
    expect(called('Mail.Archive')).toEqual([[row.messages, [row.mailbox]]]);
    expect(app.snackbar.notice?.text).toBe('Conversation archived.');
    await app.snackbar.act();
    expect(app.list.total).toBe(total);
    expect(app.list.rows.indexOf(row.id)).toBe(0);
    expect(app.list.cursor).toBe(row.id);
  });

  test('that is refused comes back with the reason', async () => {
    const row = first();
    go.refuse.set('Mail.Trash', { code: 'readOnly', args: {}, server: '' });
    await app.actions.trash([row]);
    expect(app.list.rows.indexOf(row.id)).toBe(0);
    expect(app.snackbar.notice).toMatchObject({
      kind: 'problem',
      text: 'This mailbox can’t be changed.',
    });
  });

  test('flags the latest message, and takes the flag from all', async () => {
    const row = app.list.rows
      .entries()
      .map(([, r]) => r)
      .find((r) => r.count > 2);
    if (!row) throw new Error('no thread of several messages');
    await app.actions.setFlag([row], true);
    await app.actions.setFlag([row], false);
    expect(called('Mail.SetKeywords')).toEqual([
      [[row.latest], [Keyword.flagged], []],
      [row.messages, [], [Keyword.flagged]],
    ]);
  });

  test('deletes for ever only after a question', () => {
    const trash = app.mailboxes.byRole('a1', 'trash');
    app.list.patch([first().id], () => ({ mailbox: trash?.id ?? '' }));
    app.list.moveTo(first().id);
    app.deleteChosen();
    expect(app.screens.destroy).toEqual([first()]);
    expect(called('Mail.Trash').concat(called('Mail.Destroy'))).toEqual([]);
  });
});

describe('the reader', () => {
  test('unfolds what is unread and the last message, and starts at the first unread', async () => {
    const row = app.list.rows
      .entries()
      .map(([, r]) => r)
      .find((r) => r.count > 2);
    app.openThread(row?.id ?? '');
    await pass();
    const messages = app.reader.thread?.messages ?? [];
    expect(messages.map((m) => app.reader.unfolded.has(m.id))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(app.reader.focus).toBe(messages[3]?.id);
  });

  test('marks as read what stays open for a while', async () => {
    app.openThread(first().id);
    await pass(readDelay - 1);
    expect(called('Mail.SetKeywords')).toEqual([]);
    await pass(1);
    expect(called('Mail.SetKeywords')).toEqual([[first().messages, [Keyword.seen], []]]);
    await pass(500);
    expect(first().unread).toBe(0);
  });

  test('leaves unread what was passed by, or marked so', async () => {
    app.openThread(first().id);
    await pass(readDelay / 2);
    app.openThread(app.list.rows.at(1)?.id ?? '');
    await pass(readDelay / 2);
    await app.actions.setRead([first()], false);
    const { calls } = go;
    await pass(readDelay * 2);
    expect(calls.filter((c) => c.method === 'Mail.SetKeywords')).toHaveLength(1);
  });

  test.each([
    ['shown', () => app.reader.open(first().id)],
    ['on its way', () => (void app.reader.open(first().id), Promise.resolve())],
  ])('marks nothing as read when the window goes, the thread being %s', async (_, open) => {
    await open();
    app.stop();
    await pass(2 * readDelay);
    expect(called('Mail.SetKeywords')).toEqual([]);
  });

  test('shows what arrives in the open thread, unfolded', async () => {
    app.openThread(first().id);
    await pass();
    const [message] = app.reader.thread?.messages ?? [];
    if (!message) throw new Error('an empty thread');
    const stored = go.messages.find((m) => m.id === message.id);
    if (stored) go.messages.push({ ...stored, id: 'a2-m9999', keywords: [] });
    go.changed('a2');
    await pass(200);
    expect(app.reader.thread?.messages).toHaveLength(2);
    expect(app.reader.unfolded.has('a2-m9999')).toBe(true);
  });
});

describe('events', () => {
  test('in a burst are looked at together', async () => {
    const before = called('Mail.Threads').length;
    for (let i = 0; i < 50; i++) go.changed('a1');
    await pass(200);
    expect(called('Mail.Threads').length).toBe(before + 1);
  });

  test('a click on a pop-up opens the message', async () => {
    const message = go.messages.find((m) => m.subject === 'Tile samples are on their way');
    if (!message) throw new Error('no such sample');
    go.emit('open', {
      message: message.id,
      thread: message.thread,
      mailbox: message.mailbox,
      account: 'a1',
    });
    await pass();
    expect(app.reader.thread?.id).toBe(message.thread);
    expect(app.list.cursor).toBe(message.thread);
    expect(app.layout.pane).toBe('reader');
  });

  test('a refused change is told with its reason, and leads to the list of them', async () => {
    const problem = { code: 'quota', args: {}, server: 'NO [OVERQUOTA]' };
    go.emit('refused', { operation: go.queue({ state: 'refused', problem }), problem });
    expect(app.snackbar.notice?.text).toBe('The mailbox on the server is full.');
    await app.snackbar.act();
    expect(app.screens.changes).toBe(true);
  });

  test('a lost sign-in is said aloud', () => {
    go.setStatus({
      account: 'a2',
      phase: 'needsSignIn',
      problem: { code: 'signIn', args: {}, server: '' },
    });
    expect(app.announcement).toContain('refused the user name or password');
  });

  test('an account that goes takes its view along', async () => {
    app.openView(app.mailboxes.byRole('a2', 'archive')?.id ?? '');
    await app.api.accounts.remove('a2');
    await pass();
    expect(app.list.view).toBe('inboxes');
  });
});

test('a notice goes after a while, but not under the pointer', async () => {
  app.snackbar.show({ kind: 'done', text: 'Done' });
  await pass(noticeTime - 1);
  app.snackbar.hold();
  await pass(noticeTime);
  expect(app.snackbar.notice).toBeDefined();
  app.snackbar.resume();
  await pass(noticeTime);
  expect(app.snackbar.notice).toBeUndefined();
});

test('a setting that cannot be stored goes back', async () => {
  go.refuse.set('Settings.Set', { code: 'diskFull', args: {}, server: '' });
  const stored = app.settings.change({ theme: 'dark' });
  expect(document.documentElement.dataset['theme']).toBe('dark');
  await stored;
  expect(document.documentElement.dataset['theme']).toBeUndefined();
  expect(app.snackbar.notice?.kind).toBe('problem');
});

test('a start that fails is told, and the window is shown all the same', async () => {
  app.stop();
  go.refuse.set('Accounts.List', { code: 'damaged', args: { path: '/mail/a1.db' }, server: '' });
  app = new App(wailsApi());
  await app.start();
  expect(app.snackbar.notice?.text).toBe(
    'The stored mail of this account can’t be read: /mail/a1.db is damaged.',
  );
  expect(called('System.Ready')).toHaveLength(2);
});

describe('u', () => {
  /** The row of a thread that holds several messages, some of them unread. */
  const mixed = () => {
    const row = app.list.rows
      .entries()
      .map(([, r]) => r)
      .find((r) => r.unread > 1 && r.unread < r.count);
    if (!row) throw new Error('no thread with several unread messages');
    return row;
  };
  const unreadOf = (thread: string) =>
    go.messages
      .filter((m) => m.thread === thread && !m.keywords.includes(Keyword.seen))
      .map((m) => m.id);
  const press = async () => {
    runKeys('u', app);
    await pass(200);
  };

  test('pressed twice leaves everything as it was', async () => {
    const { id } = mixed();
    const before = unreadOf(id);
    app.list.moveTo(id);
    await press();
    expect(unreadOf(id)).toEqual([]);
    expect(app.list.rows.find(id)?.unread).toBe(0);
    await press();
    expect(unreadOf(id)).toEqual(before);
    expect(app.list.rows.find(id)?.unread).toBe(before.length);
  });

  test('on a read thread marks its latest message unread, and back', async () => {
    const row = mixed();
    for (const m of go.messages) if (m.thread === row.id) m.keywords = [Keyword.seen];
    go.changed('a1');
    await pass(200);
    app.list.moveTo(row.id);
    for (let i = 0; i < 2; i++) {
      await press();
      expect(unreadOf(row.id)).toEqual([row.latest]);
      await press();
      expect(unreadOf(row.id)).toEqual([]);
    }
  });

  test('pressed faster than Go answers does it in order', async () => {
    const { id } = mixed();
    const before = unreadOf(id);
    app.list.moveTo(id);
    runKeys('u', app);
    runKeys('u', app);
    runKeys('u', app);
    runKeys('u', app);
    await pass(200);
    expect(unreadOf(id)).toEqual(before);
  });

  test('means the latest message where nothing can be taken back', async () => {
    const { id, latest } = mixed();
    app.list.moveTo(id);
    await press();
    go.refuse.set('Mail.Undo', { code: 'notFound', args: {}, server: '' });
    await press();
    expect(unreadOf(id)).toEqual([latest]);
  });
});

describe('keys', () => {
  test.each([
    ['e', 'Mail.Archive'],
    ['#', 'Mail.Trash'],
    ['delete', 'Mail.Trash'],
    ['!', 'Mail.Junk'],
    ['s', 'Mail.SetKeywords'],
    ['u', 'Mail.SetKeywords'],
  ])('%s calls %s', async (keys, method) => {
    expect(runKeys(keys, app)).toBe(false);
    app.list.moveTo(first().id);
    expect(runKeys(keys, app)).toBe(true);
    await pass();
    expect(called(method)).toHaveLength(1);
  });

  test('j and k move, g s goes to the flagged, escape goes back', async () => {
    runKeys('j', app);
    runKeys('j', app);
    expect(app.list.cursor).toBe(app.list.rows.at(1)?.id);
    runKeys('k', app);
    expect(app.list.cursor).toBe(app.list.rows.at(0)?.id);
    runKeys('g s', app);
    await pass();
    expect(app.list.view).toBe('flagged');
    app.list.search('house');
    runKeys('escape', app);
    expect(app.list.query).toBe('');
  });
});

test('mailboxes stand by role, then by name, each under its parent', () => {
  const box = (id: string, name: string, role: '' | 'inbox' | 'trash' = '', parent = '') => ({
    id,
    name,
    path: name,
    parent,
    role,
    selectable: true,
    total: 0,
    unread: 0,
    threads: 0,
  });
  const tree = treeOf(
    [
      box('5', 'Zebra'),
      box('4', 'item 10', '', '2'),
      box('3', 'item 9', '', '2'),
      box('2', 'äpfel'),
      box('1', 'Bin', 'trash'),
      box('0', 'INBOX', 'inbox'),
      box('6', 'Orphan', '', 'gone'),
    ],
    'de',
  );
  const lines = (nodes: typeof tree): string[] =>
    nodes.flatMap((n) => ['·'.repeat(n.depth) + n.mailbox.name, ...lines(n.children)]);
  expect(lines(tree)).toEqual(['INBOX', 'Bin', 'äpfel', '·item 9', '·item 10', 'Orphan', 'Zebra']);
});

describe('many changes', () => {
  const asked = () => called('Mail.Mailboxes').length;

  test('are looked at less often while mail is fetched', async () => {
    const before = asked();
    go.setStatus({ account: 'a1', phase: 'syncing', lastSync: 0 });
    for (let i = 0; i < 10; i++) {
      go.changed('a1');
      await pass(100);
    }
    expect(asked() - before).toBeLessThanOrEqual(2);
  });

  test('wait for the answer to the last look, and are seen after it', async () => {
    const before = asked();
    let answer = () => {};
    const slow = vi
      .spyOn(app.list, 'refresh')
      .mockReturnValueOnce(new Promise<void>((done) => (answer = done)));
    go.changed('a1');
    await pass(200);
    go.changed('a1');
    await pass(1000);
    expect(asked() - before).toBe(1);
    answer();
    await pass(200);
    expect(asked() - before).toBe(2);
    slow.mockRestore();
  });

  test('that change no mailbox leave the lists as they are', async () => {
    const { all } = app.mailboxes;
    const [tree] = app.mailboxes.trees('en');
    await app.mailboxes.load();
    expect(app.mailboxes.all).toBe(all);
    expect(app.mailboxes.trees('en')[0]?.nodes).toBe(tree?.nodes);
  });
});
