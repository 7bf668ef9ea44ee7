import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';

const since = new Date(2026, 8, 1).getTime();
const said = () => screen.queryAllByRole('note').map((note) => note.textContent.trim());

async function start(accounts: number): Promise<FakeGo> {
  const go = new FakeGo({ older: 0, accounts, locale: 'en-GB' });
  const [first] = go.accounts;
  if (first) Object.assign(first, { keep: 'quarter', keptSince: since });
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByRole('row', { name: /Sunday lunch/ });
  return go;
}

afterEach(cleanup);

test('a list says from when on mail is here, and leads to where that is set', async () => {
  await start(1);
  expect(said()[0]).toContain('Mail before 1 September 2026 isn’t kept on this computer.');
  await fireEvent.click(screen.getByRole('button', { name: /^Keep more mail of/ }));
  const keep = await screen.findByLabelText<HTMLSelectElement>('Keep on this computer');
  expect(keep.value).toBe('quarter');
});

test('of several accounts the one is named; drafts are always whole', async () => {
  const go = await start(2);
  expect(said()).toHaveLength(1);
  expect(said()[0]).toContain(go.accounts[0]?.label);
  await fireEvent.click(screen.getAllByRole('button', { name: /^Drafts/ })[0] as HTMLElement);
  await screen.findByRole('heading', { name: 'Drafts' });
  expect(said()).toEqual([]);
});

test('an inbox of which older mail is left out is never called read and filed', async () => {
  const go = new FakeGo({ older: 0, accounts: 1 });
  go.messages.length = 0;
  const [first] = go.accounts;
  if (first) Object.assign(first, { keep: 'quarter', keptSince: since });
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByText('There is no mail here.');
  expect(screen.queryByText(/read and filed/)).toBeNull();
});

test('nothing is said where all mail is kept', async () => {
  const go = new FakeGo({ older: 0 });
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByRole('row', { name: /Sunday lunch/ });
  expect(said()).toEqual([]);
});
