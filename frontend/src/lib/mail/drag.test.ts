import { cleanup, createEvent, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';

let go: FakeGo;

// The inbox of one account: what stands in several can't be moved together.
beforeEach(async () => {
  go = new FakeGo({ older: 0 });
  go.install(window);
  render(App, { api: wailsApi() });
  const sidebar = within(await screen.findByRole('navigation', { name: 'Mailboxes' }));
  await sidebar.findAllByText('Archive');
  await fireEvent.click(mailbox('Inbox'));
  await screen.findByRole('grid', { name: 'Inbox' });
});

afterEach(cleanup);

const moves = () => go.calls.filter((c) => c.method === 'Mail.Move').map((c) => c.args);

/** What jsdom lacks of a drag. */
const transfer = () => ({ setData: () => undefined, setDragImage: () => undefined });

const rows = async () => within(await screen.findByRole('grid')).findAllByRole('row');
const mailbox = (name: string) => {
  const sidebar = screen.getByRole('navigation', { name: 'Mailboxes' });
  return within(sidebar)
    .getAllByRole('button', { name: new RegExp(`^${name}`) })
    .at(-1) as Element;
};

/** Tells whether the target says that it takes what hovers over it. */
async function hover(target: Element): Promise<boolean> {
  const event = createEvent.dragOver(target, { dataTransfer: transfer() });
  await fireEvent(target, event);
  return event.defaultPrevented;
}

test('a dropped conversation is moved, and Undo is offered', async () => {
  const [first] = await rows();
  if (!first) throw new Error('the list is empty');
  await fireEvent.dragStart(first, { dataTransfer: transfer() });
  expect(await hover(mailbox('Archive'))).toBe(true);
  await fireEvent.drop(mailbox('Archive'), { dataTransfer: transfer() });
  await screen.findByText('Conversation moved to Archive.');
  expect(moves()).toHaveLength(1);
  screen.getByRole('button', { name: 'Undo' });
});

test('a part of the selection drags all of it', async () => {
  const [first, second] = await rows();
  if (!first || !second) throw new Error('the list is too short');
  await fireEvent.click(first);
  await fireEvent.click(second, { shiftKey: true });
  await fireEvent.dragStart(second, { dataTransfer: transfer() });
  await fireEvent.drop(mailbox('Archive'), { dataTransfer: transfer() });
  await screen.findByText('2 conversations moved to Archive.');
});

test('where it is already, or when nothing is dragged, nothing can be dropped', async () => {
  const [first] = await rows();
  if (!first) throw new Error('the list is empty');
  expect(await hover(mailbox('Archive'))).toBe(false);
  await fireEvent.dragStart(first, { dataTransfer: transfer() });
  expect(await hover(mailbox('Inbox'))).toBe(false);
  await fireEvent.drop(mailbox('Inbox'), { dataTransfer: transfer() });
  await fireEvent.dragEnd(first, { dataTransfer: transfer() });
  expect(await hover(mailbox('Archive'))).toBe(false);
  expect(moves()).toEqual([]);
});
