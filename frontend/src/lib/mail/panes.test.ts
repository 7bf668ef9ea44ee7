import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';

const handle = (name: string) => screen.findByRole('separator', { name });
const widthOf = async (name: string) => Number((await handle(name)).getAttribute('aria-valuenow'));

afterEach(cleanup);

test('the widths of the panes are kept for the next start', async () => {
  const go = new FakeGo({ older: 0 });
  go.install(window);
  const { unmount } = render(App, { api: wailsApi() });
  const sidebar = await widthOf('Width of the sidebar');
  const list = await widthOf('Width of the list');
  await fireEvent.keyDown(await handle('Width of the sidebar'), { key: 'ArrowRight' });
  await fireEvent.keyDown(await handle('Width of the list'), { key: 'ArrowLeft' });
  const widths = { sidebar: sidebar + 16, list: list - 16 };
  await waitFor(() => expect(go.settings.paneWidths).toEqual(widths));

  unmount();
  render(App, { api: wailsApi() });
  expect(await widthOf('Width of the sidebar')).toBe(widths.sidebar);
  expect(await widthOf('Width of the list')).toBe(widths.list);
});

test('an empty inbox says that the first mail is on its way until it is there', async () => {
  const go = new FakeGo({ older: 0, accounts: 1 });
  go.messages.length = 0;
  const status = { account: 'a1', phase: 'syncing', lastSync: 0 } as const;
  go.setStatus(status);
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByText(/Your mail is on its way/);
  go.setStatus({ ...status, phase: 'upToDate', lastSync: Date.now() });
  await screen.findByText(/Everything is read and filed/);
});

test('a mailbox that the server does not open is named at the foot of the sidebar', async () => {
  const go = new FakeGo({ older: 0, accounts: 1 });
  go.setStatus({
    account: 'a1',
    phase: 'upToDate',
    lastSync: Date.now(),
    problem: { code: 'serverRefused', args: { mailbox: 'Attic' }, server: 'Permission denied' },
  });
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByText('Up to date, but for Attic');
});
