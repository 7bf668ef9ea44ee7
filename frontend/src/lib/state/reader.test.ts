import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import { threads } from '$dev/data';
import { Keyword, wailsApi, type Message } from '../api';
import {
  isUnread,
  mostBrought,
  openedUnread,
  Reader,
  readDelay,
  unfoldedAtOnce,
} from './reader.svelte';
import { broughtAtOnce, cardsOf, nextOf } from './stretches';

let go: FakeGo;
let reader: Reader;
let id: string;
/** Whether the window has the focus and shows the thread. */
let watched: boolean;

/** More than a window could hold as cards with bodies. */
const many = 2000;

const messages = () => reader.thread?.messages ?? [];
const cards = () => cardsOf(messages(), reader.unfolded, reader.brought);
const stretches = () => cards().flatMap((c) => ('stretch' in c ? [c] : []));
const marked = () =>
  go.calls.filter((c) => c.method === 'Mail.SetKeywords').map((c) => c.args[0] as string[]);
const at = (index: number): Message => {
  const message = messages().at(index);
  if (!message) throw new Error('no such message');
  return message;
};

beforeEach(async () => {
  vi.useFakeTimers();
  go = new FakeGo({ older: 0 });
  go.install(window);
  const sample = threads[0]?.messages[3];
  if (!sample) throw new Error('no sample');
  id = go.deliver({
    mailbox: 'w-inbox',
    subject: 'Long',
    messages: Array.from({ length: many }, () => ({ ...sample, read: false })),
  });
  watched = true;
  reader = new Reader(
    wailsApi(),
    () => undefined,
    () => watched,
  );
  await reader.open(id);
});

afterEach(() => {
  reader.close();
  vi.useRealTimers();
});

test('a long unread conversation opens with a few messages unfolded', () => {
  expect(messages()).toHaveLength(many);
  expect([...reader.unfolded]).toEqual(
    [...messages().slice(0, openedUnread), at(-1)].map((m) => m.id),
  );
  expect(reader.focus).toBe(at(0).id);
  expect(cards().length).toBeLessThan(20);
});

test('only what is unfolded is marked read', async () => {
  const unfolded = [...reader.unfolded];
  await vi.advanceTimersByTimeAsync(readDelay);
  expect(marked()).toEqual([unfolded]);
});

test('a message that is unfolded later is marked read, one folded again is not', async () => {
  await vi.advanceTimersByTimeAsync(readDelay);
  const [later, again] = [at(100).id, at(101).id];
  reader.toggle(later);
  reader.toggle(again);
  reader.toggle(again);
  await vi.advanceTimersByTimeAsync(readDelay);
  expect(marked().slice(1)).toEqual([[later]]);
});

/** A message joins the open thread. */
async function arrive(): Promise<string> {
  const last = go.messages.at(-1);
  if (!last) throw new Error('no message');
  const arrived = `${last.id}x`;
  go.messages.push({ ...last, id: arrived, receivedAt: last.receivedAt + 1, keywords: [] });
  await reader.refresh();
  return arrived;
}

test('a message that arrives in the open thread is marked read', async () => {
  await vi.advanceTimersByTimeAsync(readDelay);
  const arrived = await arrive();
  await vi.advanceTimersByTimeAsync(readDelay - 1);
  expect(marked()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(marked().slice(1)).toEqual([[arrived]]);
});

test('what nobody looks at stays unread until somebody does, for a while', async () => {
  await vi.advanceTimersByTimeAsync(readDelay);
  watched = false;
  const arrived = await arrive();
  await vi.advanceTimersByTimeAsync(5 * readDelay);
  watched = true;
  await vi.advanceTimersByTimeAsync(readDelay);
  expect(marked()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(readDelay);
  expect(marked().slice(1)).toEqual([[arrived]]);
  await vi.advanceTimersByTimeAsync(10 * readDelay);
  expect(vi.getTimerCount()).toBe(0);
});

test('what was marked unread stays so when another message is unfolded', async () => {
  reader.keepUnread();
  reader.toggle(at(100).id);
  await vi.advanceTimersByTimeAsync(readDelay);
  expect(marked()).toEqual([[at(100).id]]);
});

test('all messages are unfolded only as far as a window can hold', () => {
  reader.unfoldAll();
  expect(reader.unfolded.size).toBe(unfoldedAtOnce);
  expect(cards().length).toBeLessThan(unfoldedAtOnce + 4);
});

test('a stretch shows its messages by and by, and what is shown stays bounded', () => {
  const before = stretches()[0];
  if (!before) throw new Error('no stretch');
  expect(before.earlier).toBe(false);
  reader.bring(nextOf(before.stretch, before.earlier));
  // The one after those brought out now begins the stretch, and is shown.
  expect(stretches()[0]?.stretch.length).toBe(before.stretch.length - broughtAtOnce - 1);
  for (let press = 0; press < 20; press++) {
    const next = stretches().at(-1);
    if (next) reader.bring(nextOf(next.stretch, next.earlier));
  }
  expect(reader.brought.size).toBe(mostBrought);
  expect(cards().length).toBeLessThan(mostBrought + 30);
  const shown = cards().flatMap((c) => ('stretch' in c ? c.stretch : [c.message.id]));
  expect(shown).toEqual(messages().map((m) => m.id));
});

test('a read conversation shows its first, and the last ones', async () => {
  await wailsApi().mail.setKeywords(
    messages().map((m) => m.id),
    [Keyword.seen],
    [],
  );
  reader.close();
  await reader.open(id);
  expect(messages().some(isUnread)).toBe(false);
  expect(cards().map((c) => ('stretch' in c ? c.stretch.length : c.key))).toEqual([
    at(0).id,
    many - 3,
    at(-2).id,
    at(-1).id,
  ]);
  expect(stretches()[0]?.earlier).toBe(true);
});
