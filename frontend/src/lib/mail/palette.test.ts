import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi, type Operation } from '../api';

let go: FakeGo;
const called = (method: string) => go.calls.filter((c) => c.method === method).length;

beforeEach(() => {
  go = new FakeGo({ older: 0, accounts: 1 });
});
afterEach(cleanup);

async function begin(shown: 'grid' | 'heading' = 'grid'): Promise<void> {
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findAllByRole(shown);
}

const press = (key: string, ctrlKey = false) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ctrlKey });

test('the palette shows what cannot be used now, greyed and with the reason', async () => {
  go.messages.length = 0;
  await begin('heading');
  await press('k', true);
  const palette = within(await screen.findByRole('dialog', { name: 'Command palette' }));
  const archive = palette.getByRole('option', { name: /^Archive/ });
  expect(archive.getAttribute('aria-disabled')).toBe('true');
  expect(archive.textContent).toContain('Choose a conversation first');
  expect(palette.queryByRole('option', { name: /Quit/ })).toBeNull();
  await fireEvent.click(archive);
  await fireEvent.input(palette.getByRole('combobox'), { target: { value: 'archive' } });
  await fireEvent.keyDown(palette.getByRole('combobox'), { key: 'Enter' });
  expect(called('Mail.Archive')).toBe(0);
  palette.getByRole('option', { name: /^Archive/ });
});

test('Ctrl+Z undoes what the notice offers to undo, once', async () => {
  await begin();
  await press('j');
  await press('e');
  await screen.findByText('Conversation archived.');
  await press('z', true);
  await vi.waitFor(() => expect(called('Mail.Undo')).toBe(1));
  await press('z', true);
  expect(called('Mail.Undo')).toBe(1);
});

test('Ctrl+Z right after a key undoes what that key did, not what was done before', async () => {
  await begin();
  await press('j');
  await press('e');
  await screen.findByText('Conversation archived.');
  await press('#');
  await press('z', true);
  await vi.waitFor(() => expect(called('Mail.Undo')).toBe(1));
  const order = go.calls.map((c) => c.method).filter((m) => /^Mail.(Archive|Trash|Undo)$/.test(m));
  expect(order).toEqual(['Mail.Archive', 'Mail.Trash', 'Mail.Undo']);
  // The first change of the fake Go side was the archiving, the second the deleting.
  expect(go.calls.find((c) => c.method === 'Mail.Undo')?.args[0]).toMatchObject({
    operations: ['a1-o2'],
  });
});

test('Ctrl+Z leaves a notice alone that offers something else, and a field that is typed in', async () => {
  await begin();
  await press('j');
  await press('e');
  await screen.findByText('Conversation archived.');
  const search = screen.getByRole('textbox', { name: 'Search mail' });
  const untouched = await fireEvent.keyDown(search, { key: 'z', ctrlKey: true });
  expect(untouched).toBe(true);
  expect(called('Mail.Undo')).toBe(0);
  const problem = { code: 'serverRefused', args: {}, server: '' };
  const operation: Operation = {
    id: 'a1-o1',
    account: 'a1',
    kind: 'keywords',
    messages: 1,
    subject: '',
    mailbox: '',
    add: [],
    remove: [],
    state: 'refused',
    createdAt: 0,
    attempts: 1,
  };
  go.emit('refused', { operation, problem });
  await screen.findByRole('button', { name: 'Show' });
  await press('z', true);
  expect(screen.queryByRole('dialog', { name: 'Waiting and refused changes' })).toBeNull();
  screen.getByRole('button', { name: 'Show' });
});

test('undo is in the list of shortcuts', async () => {
  await begin();
  await press('?');
  const list = within(await screen.findByRole('dialog', { name: 'Keyboard shortcuts' }));
  list.getByText('Undo');
  list.getByText('Ctrl Z');
});

test('conversations of several accounts have no mailbox to move to, and the palette says why', async () => {
  go = new FakeGo({ older: 0, accounts: 2 });
  await begin();
  const [ofHome, ofWork] = ['Sunday lunch', 'Canal house'].map(
    (name) => screen.getAllByRole('row', { name: new RegExp(name) })[0],
  );
  for (const row of [ofHome, ofWork]) await fireEvent.click(row as Element, { ctrlKey: true });
  await press('v');
  const palette = within(await screen.findByRole('dialog', { name: 'Move to…' }));
  const reason = palette.getByRole('option', {
    name: /These conversations are in several accounts/,
  });
  expect(reason.getAttribute('aria-disabled')).toBe('true');
});
