import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import { wailsApi, type Operation } from '../api';
import { App } from './app.svelte';
import { Operations } from './operations.svelte';

let go: FakeGo;
let app: App;

const pass = (ms = 200) => vi.advanceTimersByTimeAsync(ms);
const problem = { code: 'readOnly', args: {}, server: 'NO [NOPERM]' };
const looks = () => go.calls.filter((c) => c.method === 'Mail.Pending').length;
const ids = (list: { id: string }[]) => list.map((o) => o.id);

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-22T14:32:00') });
  go = new FakeGo({ older: 0 });
  go.install(window);
  app = new App(wailsApi());
});

afterEach(() => {
  app.stop();
  vi.useRealTimers();
});

test('what was refused while nobody listened is known at the start', async () => {
  const refused = go.queue({ state: 'refused', problem });
  const waiting = [go.queue({}), go.queue({ state: 'started' })];
  await app.start();
  expect(ids(app.operations.refused)).toEqual([refused.id]);
  expect(ids(app.operations.waiting)).toEqual(ids(waiting));
});

test.each([
  ['refused', () => go.emit('refused', { operation: go.queue({ state: 'refused' }), problem })],
  ['changed', () => (go.queue({ state: 'refused' }), go.changed('a1'))],
  ['status', () => (go.queue({ state: 'refused' }), go.setStatus({ account: 'a1', pending: 1 }))],
])('the event %s leads to a new look', async (_, happen) => {
  await app.start();
  happen();
  await pass();
  expect(app.operations.refused).toHaveLength(1);
});

test('progress leads to no look, and a burst to one', async () => {
  await app.start();
  await pass();
  const before = looks();
  go.setStatus({ account: 'a1', done: 1, total: 9 });
  go.setStatus({ account: 'a1', done: 2, total: 9 });
  await pass();
  expect(looks()).toBe(before);
  for (let i = 0; i < 50; i++) go.changed('a1');
  await pass();
  expect(looks()).toBe(before + 1);
});

test('an answer that comes late does not undo a newer one', async () => {
  let answer: (list: Operation[]) => void = () => undefined;
  const late = new Promise<Operation[]>((resolve) => (answer = resolve));
  const api = wailsApi();
  const pending = vi.fn(() => app.api.mail.pending()).mockReturnValueOnce(late);
  const operations = new Operations({ ...api, mail: { ...api.mail, pending } }, app.snackbar);
  const first = operations.load();
  go.queue({ state: 'refused' });
  await operations.load();
  answer([]);
  await first;
  expect(operations.refused).toHaveLength(1);
});

test('a dismissed change is forgotten, also when it is gone already', async () => {
  const [kept, ...doomed] = [1, 2, 3].map(() => go.queue({ state: 'refused', problem }));
  await app.start();
  go.refuse.set('Mail.Dismiss', { code: 'notFound', args: {}, server: '' });
  go.operations = go.operations.filter((o) => o.id !== doomed[0]?.id);
  await app.operations.dismiss(ids(doomed));
  expect(ids(app.operations.refused)).toEqual([kept?.id]);
  expect(ids(go.operations)).toEqual([kept?.id]);
  expect(app.snackbar.notice).toBeUndefined();
});

test('a dismissal that fails brings the change back and says why', async () => {
  const refused = go.queue({ state: 'refused', problem });
  await app.start();
  go.refuse.set('Mail.Dismiss', { code: 'diskFull', args: {}, server: '' });
  await app.operations.dismiss([refused.id]);
  expect(app.snackbar.notice?.text).toBe('The disk of this computer is full.');
  await pass();
  expect(ids(app.operations.refused)).toEqual([refused.id]);
});
