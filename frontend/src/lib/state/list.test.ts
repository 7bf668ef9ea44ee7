import { flushSync } from 'svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import { wailsApi, type Api, type ThreadPage } from '../api';
import { ThreadList, pageSize } from './list.svelte';

let go: FakeGo;
let api: Api;
let list: ThreadList;

const queries = () => go.calls.filter((c) => c.method === 'Mail.Threads').map((c) => c.args[0]);
const idAt = (place: number) => list.rows.at(place)?.id ?? '';
const settled = () => vi.waitFor(() => expect(list.loaded).toBe(true));

beforeEach(async () => {
  go = new FakeGo({ older: 600 });
  go.install(window);
  api = wailsApi();
  list = new ThreadList(api);
  list.open('inboxes');
  await settled();
});

/**
 * A list whose answers come when the test says: each gives the rows as they were
 * when they were asked for, or with true as they are now.
 */
function controlled() {
  const answers: ((now: boolean) => Promise<void>)[] = [];
  const threads: Api['mail']['threads'] = (q) =>
    new Promise((resolve) => {
      const then = api.mail.threads(q);
      answers.push(async (now) => {
        resolve(await (now ? api.mail.threads(q) : then));
        await vi.waitFor(() => undefined);
      });
    });
  const slow = new ThreadList({ ...api, mail: { ...api.mail, threads } });
  return { slow, answers };
}

describe('paging', () => {
  test('the first page tells the total', () => {
    expect(list.total).toBeGreaterThan(500);
    expect(queries()).toEqual([expect.objectContaining({ offset: 0, limit: pageSize })]);
    expect(list.rows.entries()).toHaveLength(pageSize);
  });

  test('what is looked at is loaded, once, and nothing else', async () => {
    list.want(250, 262);
    list.want(251, 263);
    await vi.waitFor(() => expect(list.rows.at(262)).toBeDefined());
    list.want(252, 264);
    expect(queries().map((q) => (q as { offset: number }).offset)).toEqual([0, 200]);
    expect(list.rows.at(150)).toBeUndefined();
  });

  test('rows that span two pages ask for both', async () => {
    list.want(195, 207);
    await vi.waitFor(() => expect(list.rows.at(195) && list.rows.at(207)).toBeDefined());
    expect(list.rows.entries().length).toBe(3 * pageSize);
  });

  test('the cursor goes on past the end of a page that fills the screen', async () => {
    list.want(pageSize - 10, pageSize - 1);
    list.moveTo(idAt(pageSize - 1));
    await vi.waitFor(() => expect(list.neighbour(1)).toBeDefined());
    await list.refresh();
    expect(list.neighbour(1)).toBe(idAt(pageSize));
  });

  test('an answer to the view before is dropped', async () => {
    let answer: (page: ThreadPage) => void = () => undefined;
    const slow = new ThreadList({
      ...api,
      mail: {
        ...wailsApi().mail,
        threads: (q) =>
          q.view === 'flagged'
            ? new Promise<ThreadPage>((resolve) => (answer = resolve))
            : api.mail.threads(q),
        search: api.mail.search,
      },
    });
    slow.open('flagged');
    slow.open('drafts');
    await vi.waitFor(() => expect(slow.loaded).toBe(true));
    const { total } = slow;
    answer({ total: 999, threads: [] });
    await Promise.resolve();
    expect(slow.total).toBe(total);
  });

  test('an answer that a newer one overtook is dropped', async () => {
    const { slow, answers } = controlled();
    slow.open('inboxes');
    const refreshed = slow.refresh();
    await answers[1]?.(false);
    await refreshed;
    go.messages.length = 0;
    const { total } = slow;
    await answers[0]?.(true);
    expect(slow.total).toBe(total);
    expect(slow.rows.at(0)).toBeDefined();
  });

  test('what came on screen during a refresh is loaded after it', async () => {
    const { slow, answers } = controlled();
    slow.open('inboxes');
    await answers[0]?.(false);
    const refreshed = slow.refresh();
    slow.want(320, 330);
    await answers[2]?.(false);
    expect(slow.rows.at(300)).toBeDefined();
    await answers[1]?.(false);
    await refreshed;
    await answers[3]?.(false);
    expect(slow.rows.at(300)).toBeDefined();
  });

  test('a thread that was taken away does not come back with an answer from before', async () => {
    const { slow, answers } = controlled();
    slow.open('inboxes');
    await answers[0]?.(false);
    const refreshed = slow.refresh();
    const id = slow.rows.at(0)?.id ?? '';
    slow.remove([id]);
    await answers[1]?.(false);
    await refreshed;
    expect(slow.rows.indexOf(id)).toBe(-1);
  });

  test('a failure is told and goes away with the next answer', async () => {
    go.refuse.set('Mail.Threads', { code: 'damaged', args: {}, server: '' });
    list.open('flagged');
    await vi.waitFor(() => expect(list.problem?.code).toBe('damaged'));
    await list.refresh();
    expect(list.problem).toBeUndefined();
    expect(list.total).toBeGreaterThan(0);
  });
});

describe('new mail', () => {
  const newMail = {
    mailbox: 'w-inbox',
    subject: 'Just in',
    messages: [{ from: { name: 'Ada King', email: 'ada@engine.example' }, age: 0, text: 'Hi' }],
  };

  test('comes in at the top, and cursor and selection stay with their threads', async () => {
    const [first, third] = [idAt(0), idAt(2)];
    list.moveTo(first);
    list.toggleSelected(third);
    go.deliver(newMail);
    await list.refresh();
    expect(list.rows.at(0)?.subject).toBe('Just in');
    expect(list.cursor).toBe(third);
    expect([...list.selected]).toEqual([first, third]);
    expect(list.rows.indexOf(first)).toBe(1);
  });

  test('refreshes what is on screen only', async () => {
    list.want(250, 262);
    await vi.waitFor(() => expect(list.rows.at(262)).toBeDefined());
    const before = queries().length;
    await list.refresh();
    expect(queries().slice(before)).toEqual([expect.objectContaining({ offset: 200 })]);
    expect(list.rows.at(0)).toBeUndefined();
  });

  test('in a burst is asked for once more, not once for each', async () => {
    const before = queries().length;
    await Promise.all(Array.from({ length: 20 }, () => list.refresh()));
    await vi.waitFor(() => expect(queries().length).toBe(before + 2));
  });
});

describe('the cursor', () => {
  test('goes down, up and no further than the ends', () => {
    expect(list.neighbour(1)).toBe(idAt(0));
    list.moveTo(idAt(0));
    expect(list.neighbour(1)).toBe(idAt(1));
    expect(list.neighbour(-1)).toBe(idAt(0));
    expect(list.neighbour(99)).toBe(idAt(99));
    expect(list.neighbour(list.total)).toBe(idAt(pageSize - 1));
  });

  test('goes to the next thread when its own is taken away, at the end to the one before', () => {
    const [a, b, c] = [idAt(0), idAt(1), idAt(2)];
    list.moveTo(b);
    const { total } = list;
    list.remove([b]);
    expect([list.cursor, list.total]).toEqual([c, total - 1]);
    list.remove(
      list.rows
        .entries()
        .map(([, row]) => row.id)
        .filter((id) => id !== a && id !== c),
    );
    list.moveTo(c);
    list.remove([c]);
    expect(list.cursor).toBe(a);
  });
});

describe('the selection', () => {
  test('spans from the anchor, in both directions', () => {
    list.moveTo(idAt(3));
    list.selectTo(idAt(5));
    expect(list.chosen.map((row) => row.id)).toEqual([idAt(3), idAt(4), idAt(5)]);
    list.selectTo(idAt(2));
    expect(list.chosen.map((row) => row.id)).toEqual([idAt(2), idAt(3)]);
  });

  test('grows and shrinks by single threads, and ends with a move', () => {
    list.moveTo(idAt(1));
    list.toggleSelected(idAt(4));
    expect(list.chosen.map((row) => row.id)).toEqual([idAt(1), idAt(4)]);
    list.toggleSelected(idAt(1));
    expect(list.chosen.map((row) => row.id)).toEqual([idAt(4)]);
    list.moveTo(idAt(0));
    expect(list.chosen.map((row) => row.id)).toEqual([idAt(0)]);
  });
});

test('filters and search start the list over', async () => {
  list.toggle('unread');
  flushSync();
  expect(list.loaded).toBe(false);
  await settled();
  expect(list.rows.entries().every(([, row]) => row.unread > 0)).toBe(true);
  list.search('crane');
  await settled();
  expect(list.total).toBe(1);
  list.search('');
  await settled();
  expect(list.filtered).toBe(true);
});
