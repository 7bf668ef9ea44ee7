import { expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import { wailsApi, type Account } from '../api';
import { Accounts } from './accounts.svelte';

/** Accounts whose lists arrive when the test says, as they were when asked for. */
function controlled() {
  const go = new FakeGo({ older: 0 });
  go.install(window);
  const api = wailsApi();
  const answers: (() => Promise<void>)[] = [];
  const list = () =>
    new Promise<Account[]>((resolve) => {
      const then = api.accounts.list();
      answers.push(async () => resolve(await then));
    });
  return { accounts: new Accounts({ ...api, accounts: { ...api.accounts, list } }), answers };
}

const status = { account: 'a1', phase: 'syncing', mailbox: 'Inbox', done: 7, total: 9 } as const;

test('a status that was told while the list was on its way is the newer one', async () => {
  const { accounts, answers } = controlled();
  const loaded = accounts.load();
  accounts.setStatus({ pending: 0, lastSync: 0, ...status });
  await answers[0]?.();
  await loaded;
  expect(accounts.find('a1')?.status.done).toBe(7);
  expect(accounts.find('a2')?.status.phase).toBe('upToDate');
});

test('a list that a newer one overtook is dropped', async () => {
  const { accounts, answers } = controlled();
  const older = accounts.load();
  const newer = accounts.load();
  await answers[1]?.();
  await newer;
  accounts.all = accounts.all.slice(1);
  await answers[0]?.();
  await older;
  expect(accounts.all.map((a) => a.id)).toEqual(['a2']);
});
