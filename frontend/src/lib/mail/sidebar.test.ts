import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi, type Mailbox } from '../api';

afterEach(cleanup);

/** A mailbox of the fake's only account. */
function box(path: string, parent = ''): Mailbox {
  const name = path.split('/').at(-1) ?? '';
  const id = `a1-b${path}`;
  return {
    ...{ id, name, path, parent: parent && `a1-b${parent}`, role: '', selectable: true },
    ...{ total: 1, unread: 1, threads: 1 },
  };
}

async function show(extra: Mailbox[]): Promise<FakeGo> {
  const go = new FakeGo({ older: 0, accounts: 1 });
  go.extraMailboxes = extra;
  go.install(window);
  render(App, { api: wailsApi() });
  await within(await screen.findByRole('navigation', { name: 'Mailboxes' })).findByTitle(/^INBOX:/);
  return go;
}

const sidebar = () => within(screen.getByRole('navigation', { name: 'Mailboxes' }));

const many = () => [
  box('Many'),
  ...Array.from({ length: 1500 }, (_, i) => box(`Many/Project ${i}`, 'Many')),
];

test('a parent of many arrives folded, counts what it hides, and unfolds cheaply', async () => {
  await show(many());
  expect(sidebar().queryByText('Project 3')).toBeNull();
  expect(sidebar().getByTitle('Many: 1 message').textContent).toContain('1,501');
  await fireEvent.click(sidebar().getByRole('button', { name: 'Unfold Many' }));
  await sidebar().findByText('Project 3');
  expect(sidebar().getAllByRole('listitem').length).toBeLessThan(100);
});

test('the inbox stays open, however many mailboxes stand under it', async () => {
  const under = Array.from({ length: 40 }, (_, i) => box(`INBOX/${i}`));
  await show(under.map((m) => ({ ...m, parent: 'a1-b1' })));
  await sidebar().findByTitle('INBOX/3: 1 message');
});

test('deep mailboxes keep their place for a name, and say their whole path', async () => {
  const paths = Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: i + 1 }, (_, n) => `L${n}`).join('/'),
  );
  await show(paths.map((path, i) => box(path, paths[i - 1])));
  const deepest = sidebar().getByTitle(`${paths[11] ?? ''}: 1 message`);
  const item = deepest.parentElement as HTMLElement;
  expect(item.style.getPropertyValue('--depth')).toBe('8');
});

test('the palette shows some of many mailboxes, and finds each', async () => {
  await show(many());
  await fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
  const input = await screen.findByRole('combobox');
  expect(screen.getAllByRole('option').length).toBeLessThan(100);
  await fireEvent.input(input, { target: { value: 'project 1499' } });
  await screen.findByRole('option', { name: 'Go to Project 1499' });
});
