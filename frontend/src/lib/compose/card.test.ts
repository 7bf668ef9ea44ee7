import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo, type FakeOptions } from '$dev/fake';
import { wailsApi } from '$lib/api';
import App from '../../App.svelte';

let go: FakeGo;

async function start(options: FakeOptions = {}) {
  go = new FakeGo({ older: 0, ...options });
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByRole('row', { name: /Canal house/ });
}

const press = (key: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const card = (name: string | RegExp = 'New message') => screen.findByRole('dialog', { name });
const field = (name: string) => screen.findByRole('combobox', { name });
const subject = () => screen.getByRole('textbox', { name: 'Subject' });
const calls = (method: string) => go.calls.filter((c) => c.method === `Compose.${method}`);

async function compose() {
  await press('c');
  return card();
}

async function type(element: HTMLElement, value: string) {
  element.focus();
  await fireEvent.input(element, { target: { value } });
}

afterEach(cleanup);

test('a key begins a message, with the keyboard at its recipients', async () => {
  await start();
  await compose();
  const to = await field('To');
  await waitFor(() => expect(document.activeElement).toBe(to));
});

test('people are offered as they are typed, and taken by Enter', async () => {
  await start();
  await compose();
  const to = await field('To');
  await type(to, 'tom');
  const offered = await screen.findByRole('option', { name: /Tomás Herrera/ });
  expect(offered.getAttribute('aria-selected')).toBe('true');
  expect(to.getAttribute('aria-activedescendant')).toBe(offered.id);
  await press('Enter');
  expect(await screen.findByRole('group', { name: 'Tomás Herrera' })).toBeDefined();
  expect((to as HTMLInputElement).value).toBe('');
  await press('Backspace');
  await press('Backspace');
  expect(screen.queryByRole('group', { name: 'Tomás Herrera' })).toBeNull();
});

test('a whole address is taken as it is typed, whoever is offered', async () => {
  await start();
  await compose();
  const to = await field('To');
  await type(to, 'priya@fernhill.exam');
  await screen.findByRole('option', { name: /Priya Raman/ });
  await press('Enter');
  expect(await screen.findByRole('group', { name: 'priya@fernhill.exam' })).toBeDefined();
});

test('a pasted list becomes one recipient each', async () => {
  await start();
  await compose();
  const text = 'Ada King <ada@engine.example>; grace@navy.example\nada@engine.example';
  await fireEvent.paste(await field('To'), { clipboardData: { getData: () => text } });
  const people = screen.getAllByRole('group').map((g) => g.getAttribute('aria-label'));
  expect(people).toEqual(expect.arrayContaining(['Ada King', 'grace@navy.example']));
  expect(people.filter((name) => name === 'Ada King' || name?.includes('@'))).toHaveLength(2);
});

test('keys pressed in the card do nothing to the mail behind it', async () => {
  await start();
  await fireEvent.click(await screen.findByRole('row', { name: /Canal house/ }));
  const dialog = await compose();
  const button = within(dialog).getByRole('button', { name: 'Attach files' });
  button.focus();
  await press('e');
  await press('#');
  expect(go.calls.filter((c) => /Archive|Trash/.test(c.method))).toEqual([]);
});

test('closed untouched it leaves nothing, else it is kept among the drafts', async () => {
  await start();
  await compose();
  await waitFor(async () => expect(document.activeElement).toBe(await field('To')));
  await press('Escape');
  await waitFor(() => expect(go.compose.drafts).toEqual([]));
  expect(screen.queryByRole('dialog')).toBeNull();

  await compose();
  await type(subject(), 'Tiles');
  await press('Escape');
  await screen.findByText('Kept in Drafts.');
  expect(go.compose.drafts).toMatchObject([{ subject: 'Tiles' }]);
  await fireEvent.click(screen.getByRole('button', { name: 'Show' }));
  expect(await card('Tiles')).toBeDefined();
});

test('a draft that cannot be saved stays on the screen', async () => {
  await start();
  await compose();
  await type(subject(), 'Tiles');
  go.refuse.set('Compose.Save', { code: 'diskFull', args: {}, server: '' });
  await press('Escape');
  expect(await screen.findByText(/Not saved\. The disk of this computer is full\./)).toBeDefined();
  expect(await card('Tiles')).toBeDefined();
});

test('a discarded draft can be brought back', async () => {
  await start();
  await compose();
  await type(subject(), 'Tiles');
  await fireEvent.click(screen.getByRole('button', { name: 'Discard draft' }));
  await fireEvent.click(await screen.findByRole('button', { name: 'Undo' }));
  await card('Tiles');
  expect(calls('Discard')).toEqual([]);
});

test('an answer has its recipient and its quote in a frame of its own', async () => {
  await start();
  await fireEvent.click(await screen.findByRole('row', { name: /Tile samples/ }));
  await fireEvent.click(
    (await screen.findAllByRole('button', { name: 'Reply' }))[0] as HTMLElement,
  );
  const dialog = await card('Re: Tile samples are on their way');
  expect(within(dialog).getByRole('group', { name: 'Ana Kovač' })).toBeDefined();
  expect(within(dialog).queryByTitle('Quoted message')).toBeNull();
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Show the quoted message' }));
  const frame = within(dialog).getByTitle('Quoted message');
  expect(frame.getAttribute('sandbox')).toBe('allow-scripts');
  expect(frame.getAttribute('src')).toMatch(/^\/mail\/draft\/quote\?id=a1-d1/);
});

test('sending is told, can be taken back, and brings the draft back as it was', async () => {
  await start();
  await compose();
  await type(await field('To'), 'ada@engine.example');
  await type(subject(), 'Tiles');
  await press('Enter', { ctrlKey: true });
  await screen.findByText('Sending…');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(go.compose.submissions).toMatchObject([{ subject: 'Tiles', state: 'queued' }]);
  expect(await screen.findByRole('button', { name: /Outbox/ })).toBeDefined();
  await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
  const dialog = await card('Tiles');
  expect(within(dialog).getByRole('group', { name: 'ada@engine.example' })).toBeDefined();
  expect(go.compose.submissions).toEqual([]);
  await waitFor(() => expect(screen.queryByRole('button', { name: /Outbox/ })).toBeNull());
});

async function send() {
  await compose();
  await type(await field('To'), 'ada@engine.example');
  await type(subject(), 'Tiles');
  await press('Enter', { ctrlKey: true });
  await screen.findByText('Sending…');
  return go.compose.submissions[0]?.id ?? '';
}

test('what was sent says so', async () => {
  await start();
  const id = await send();
  go.compose.become(id, { state: 'copied' });
  expect(await screen.findByText('Sent.')).toBeDefined();
});

test('what was refused says why and comes back to the composer', async () => {
  await start();
  const id = await send();
  const problem = {
    code: 'recipientRefused',
    args: { host: 'mx.example', address: 'ada@engine.example' },
    server: '550 5.1.1 unknown',
  };
  go.compose.become(id, { state: 'refused', problem });
  await screen.findByText(/mx\.example doesn’t take mail for ada@engine\.example/);
  await fireEvent.click(screen.getByRole('button', { name: 'Show' }));
  const outbox = await screen.findByRole('dialog', { name: 'Outbox' });
  expect(within(outbox).getByText('550 5.1.1 unknown')).toBeDefined();
  await fireEvent.click(within(outbox).getByRole('button', { name: 'Edit' }));
  expect(await card('Tiles')).toBeDefined();
});

test('of what may have been sent the person decides', async () => {
  await start();
  const id = await send();
  go.compose.become(id, { state: 'unknown' });
  await fireEvent.click(await screen.findByRole('button', { name: 'Show' }));
  const outbox = await screen.findByRole('dialog', { name: 'Outbox' });
  within(outbox).getByText('Perhaps sent');
  expect(calls('Retry')).toEqual([]);
  await fireEvent.click(within(outbox).getByRole('button', { name: 'It was sent' }));
  await waitFor(() => expect(calls('Resolve')).toMatchObject([{ args: [id, true] }]));
  await within(outbox).findByText('Nothing is waiting: every message has been sent.');
});

test('a draft in the list is written on', async () => {
  await start();
  await press('g');
  await press('d');
  await fireEvent.click(await screen.findByRole('row', { name: /Canal house/ }));
  const dialog = await card(/^Re: Canal house/);
  expect(within(dialog).getByRole('group', { name: /Jonas/ })).toBeDefined();
});

test('a message that is minimised waits as a tab', async () => {
  await start();
  await compose();
  await type(subject(), 'Tiles');
  await fireEvent.click(screen.getByRole('button', { name: 'Minimise' }));
  expect(screen.queryByRole('dialog')).toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: 'Tiles' }));
  expect((subject() as HTMLInputElement).value).toBe('Tiles');
});
