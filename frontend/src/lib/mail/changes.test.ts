import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { Keyword, wailsApi, type Operation } from '../api';

let go: FakeGo;

async function start(...operations: Partial<Operation>[]) {
  for (const operation of operations) go.queue(operation);
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByRole('row', { name: /Sunday lunch/ });
}

const dialog = () => screen.findByRole('dialog', { name: 'Waiting and refused changes' });
const entries = (area: HTMLElement, name: string) =>
  within(within(area).getByRole('region', { name }))
    .getAllByRole('listitem')
    .map((li) => li.querySelector('p')?.textContent);

const full = { code: 'quota', args: {}, server: 'NO [OVERQUOTA] Mailbox full' };

beforeEach(() => (go = new FakeGo({ older: 0 })));
afterEach(cleanup);

test('the foot of the sidebar tells what was refused, and why', async () => {
  await start({ state: 'refused', kind: 'move', messages: 3, mailbox: 'a1-b10', problem: full });
  await fireEvent.click(await screen.findByRole('button', { name: '1 change was refused' }));
  const area = await dialog();
  expect(entries(area, 'Refused by the server')).toEqual(['Move 3 messages to Suppliers']);
  expect(within(area).getByText('The mailbox on the server is full.')).toBeDefined();
  expect(within(area).getByText(/Delete some large messages/)).toBeDefined();
  expect(within(area).getByText('NO [OVERQUOTA] Mailbox full')).toBeDefined();
  await fireEvent.click(within(area).getByRole('button', { name: /^Dismiss: Move 3/ }));
  await waitFor(() => expect(screen.queryByText('1 change was refused')).toBeNull());
  expect(go.operations).toEqual([]);
  expect(within(area).getByText(/Nothing is waiting/)).toBeDefined();
  expect(area.contains(document.activeElement)).toBe(true);
});

test('what the trash has no room for can be deleted for ever, after a question', async () => {
  const problem = { ...full, args: { reason: 'trash' } };
  await start({ state: 'refused', kind: 'move', messages: 2, mailbox: 'a1-b6', problem });
  await fireEvent.click(await screen.findByRole('button', { name: '1 change was refused' }));
  const area = await dialog();
  expect(within(area).getByText(/there is no room for this in the trash/)).toBeDefined();
  await fireEvent.click(within(area).getByRole('button', { name: 'Delete for ever…' }));
  expect(within(area).getByText(/Delete 2 messages for ever\?/)).toBeDefined();
  await fireEvent.click(within(area).getByRole('button', { name: 'Cancel' }));
  expect(go.operations).toHaveLength(1);
  await fireEvent.click(within(area).getByRole('button', { name: 'Delete for ever…' }));
  await fireEvent.click(within(area).getByRole('button', { name: 'Delete for ever' }));
  await waitFor(() =>
    expect(entries(area, 'Waiting for the server')).toEqual(['Delete 2 messages for ever']),
  );
  expect(area.contains(document.activeElement)).toBe(true);
});

test('a refusal for another reason offers no deleting', async () => {
  await start({ state: 'refused', kind: 'move', mailbox: 'a1-b10', problem: full });
  await fireEvent.click(await screen.findByRole('button', { name: '1 change was refused' }));
  expect(within(await dialog()).queryByRole('button', { name: /Delete for ever/ })).toBeNull();
});

test('a message that a full mailbox refused is tried again', async () => {
  await start({ state: 'refused', kind: 'append', mailbox: 'a1-b6', problem: full });
  await fireEvent.click(await screen.findByRole('button', { name: '1 change was refused' }));
  const area = await dialog();
  await fireEvent.click(
    within(area).getByRole('button', { name: 'Try again: Save 1 message in Trash' }),
  );
  await waitFor(() => expect(go.operations.map((o) => o.state)).toEqual(['pending']));
  await waitFor(() =>
    expect(entries(area, 'Waiting for the server')).toEqual(['Save 1 message in Trash']),
  );
});

test('all refused changes are dismissed at once; what waits stays', async () => {
  await start(
    { state: 'refused', problem: full },
    { state: 'refused', problem: full },
    { kind: 'destroy' },
  );
  await fireEvent.click(await screen.findByRole('button', { name: '2 changes were refused' }));
  const area = await dialog();
  await fireEvent.click(within(area).getByRole('button', { name: 'Dismiss all' }));
  await waitFor(() =>
    expect(within(area).queryByRole('region', { name: 'Refused by the server' })).toBeNull(),
  );
  expect(entries(area, 'Waiting for the server')).toEqual(['Delete 1 message for ever']);
  expect(area.contains(document.activeElement)).toBe(true);
});

test('changes that wait for a network are counted and shown', async () => {
  await start(
    { add: [Keyword.seen], messages: 2 },
    { remove: [Keyword.seen] },
    { add: [Keyword.flagged] },
    { remove: [Keyword.flagged], messages: 4 },
    { add: ['$label1'], remove: [Keyword.seen] },
    { kind: 'move', mailbox: 'a1-b6', messages: 12 },
    { kind: 'move', mailbox: 'a1-b99' },
    { kind: 'append', mailbox: 'a1-b6' },
    { kind: 'append', mailbox: 'a1-b99' },
  );
  go.setStatus({ account: 'a1', phase: 'offline', pending: 9 });
  await fireEvent.click(await screen.findByRole('button', { name: 'Offline: 9 changes waiting' }));
  expect(entries(await dialog(), 'Waiting for the server')).toEqual([
    'Mark 2 messages as read',
    'Mark 1 message as unread',
    'Flag 1 message',
    'Remove the flags of 4 messages',
    'Change the marks of 1 message',
    'Move 12 messages to Trash',
    'Move 1 message to a mailbox that is gone',
    'Save 1 message in Trash',
    'Save 1 message',
  ]);
});

test('a change names the first message that it is about', async () => {
  await start({ kind: 'move', mailbox: 'a1-b6', messages: 2, subject: 'Sunday lunch' });
  go.setStatus({ account: 'a1', phase: 'offline', pending: 1 });
  await fireEvent.click(await screen.findByRole('button', { name: 'Offline: 1 change waiting' }));
  expect(within(await dialog()).getByText('Sunday lunch')).toBeDefined();
});

test('changes stay counted while the server is called again', async () => {
  await start({ add: [Keyword.seen] });
  go.setStatus({ account: 'a1', phase: 'connecting', pending: 41 });
  await fireEvent.click(
    await screen.findByRole('button', { name: 'Connecting: 41 changes waiting' }),
  );
  expect(entries(await dialog(), 'Waiting for the server')).toHaveLength(1);
});

test('the palette leads to the changes too', async () => {
  await start();
  await fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
  await fireEvent.click(await screen.findByText('Waiting and refused changes'));
  expect(within(await dialog()).getByText(/Nothing is waiting/)).toBeDefined();
});

test('where the sidebar is folded, its button tells what was refused', async () => {
  vi.spyOn(window, 'innerWidth', 'get').mockReturnValue(900);
  await start({ state: 'refused', problem: full });
  const button = await screen.findByRole('button', {
    name: 'Mailboxes: 1 change was refused',
  });
  expect(button.classList.contains('dotted')).toBe(true);
  vi.restoreAllMocks();
});
