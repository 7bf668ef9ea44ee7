import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi, type Problem } from '../api';
import { setLocale } from '../i18n/index.svelte';

afterEach(() => {
  cleanup();
  setLocale('', ['en']);
});

const damaged: Problem = { code: 'damaged', args: { path: '/mail/accounts/1.db' }, server: '' };
const full: Problem = { code: 'diskFull', args: { path: '/mail/accounts/1.db' }, server: '' };

function begin(problem: Problem, { accounts = 1, pending = 0, locale = 'en' } = {}): FakeGo {
  const go = new FakeGo({ older: 0, accounts, locale });
  if (accounts === 1) go.messages.length = 0;
  go.setStatus({ account: 'a1', phase: 'failed', problem, pending, lastSync: 0 });
  go.install(window);
  render(App, { api: wailsApi() });
  return go;
}

describe('an account whose file is damaged', () => {
  test('is named with the file and what to do, and nothing is said to be read and filed', async () => {
    const go = begin(damaged);
    const bar = within(await screen.findByRole('alert'));
    const label = go.accounts[0]?.label ?? '';
    bar.getByText(new RegExp(label));
    bar.getByText(/\/mail\/accounts\/1\.db/);
    bar.getByText(/Keep a copy.*disconnect.*connect it again.*on the server is safe/i);
    await screen.findByText('There is no mail here.');
    expect(screen.queryByText(/read and filed/)).toBeNull();
    await fireEvent.click(bar.getByRole('button', { name: 'Show account' }));
    await screen.findByRole('dialog', { name: 'Settings' });
    expect(screen.getAllByRole('button', { name: 'Disconnect' }).length).toBeGreaterThan(0);
  });

  test('tells what is lost where that is known', async () => {
    begin(damaged, { pending: 3 });
    const bar = await screen.findByRole('alert');
    expect(bar.textContent).toMatch(/3 changes had not reached the server/);
  });

  test('is told above the mail of the others', async () => {
    begin(damaged, { accounts: 2 });
    await screen.findByRole('alert');
    expect((await screen.findAllByRole('row')).length).toBeGreaterThan(0);
  });

  test('is told in German', async () => {
    begin(damaged, { locale: 'de' });
    const bar = await screen.findByRole('alert');
    expect(bar.textContent).toMatch(/1\.db.*beschädigt.*Kopie.*trennen/is);
  });
});

test('a full disk is told where the mail is missing, with what to do', async () => {
  begin(full);
  const bar = within(await screen.findByRole('alert'));
  bar.getByText(/disk of this computer is full/);
  bar.getByText(/Free some space/);
  bar.getByRole('button', { name: 'Try again' });
  expect(screen.queryByText(/read and filed/)).toBeNull();
});

test.each(['offline', 'needsSignIn'] as const)(
  'an inbox that was never fetched is not said to be empty: %s',
  async (phase) => {
    const go = new FakeGo({ older: 0, accounts: 1 });
    go.messages.length = 0;
    go.setStatus({ account: 'a1', phase, lastSync: 0 });
    go.install(window);
    render(App, { api: wailsApi() });
    await screen.findByText('Your mail hasn’t been fetched yet.');
    expect(screen.queryByText(/There is no mail|read and filed/)).toBeNull();
  },
);

test('changes that wait for a sign-in are counted and can be looked at', async () => {
  const go = new FakeGo({ older: 0, accounts: 1 });
  go.setStatus({ account: 'a1', phase: 'needsSignIn', pending: 2 });
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByText('Needs sign-in');
  await fireEvent.click(screen.getByRole('button', { name: '2 changes waiting' }));
  await screen.findByRole('dialog', { name: 'Waiting and refused changes' });
});
