import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import { threads } from '$dev/data';
import App from '../../App.svelte';
import { wailsApi } from '../api';

afterEach(cleanup);

test('a long conversation is built only as far as it is read', async () => {
  const go = new FakeGo({ older: 0 });
  go.install(window);
  const sample = threads[0]?.messages[3];
  if (!sample) throw new Error('no sample');
  go.deliver({
    mailbox: 'w-inbox',
    subject: 'Long',
    messages: Array.from({ length: 500 }, () => ({ ...sample, age: 0, read: false })),
  });
  render(App, { api: wailsApi() });
  await fireEvent.click(await screen.findByRole('row', { name: /Long/ }));
  const reader = within(await screen.findByRole('region', { name: 'Long' }));
  const cards = () => reader.getAllByRole('article').length;
  expect(cards()).toBe(13);
  const more = reader.getByRole('button', { name: '487 more messages' });
  more.focus();
  await fireEvent.click(more);
  await waitFor(() => expect(cards()).toBe(64));
  reader.getByRole('button', { name: '436 more messages' });
  // The keyboard goes on where it was.
  await waitFor(() => expect(document.activeElement?.classList).toContain('fold'));
  expect(document.activeElement?.closest('li')?.id).toBe(
    `message-${go.messages.filter((m) => m.subject === 'Long')[11]?.id ?? ''}`,
  );
});
