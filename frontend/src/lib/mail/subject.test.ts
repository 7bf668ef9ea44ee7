import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';

let go: FakeGo;
const long = `Endless ${'and on '.repeat(5000)}`.trim();

async function start() {
  go = new FakeGo({ older: 0, accounts: 1 });
  go.messages.length = 0;
  const from = { name: 'Ada King', email: 'ada@engine.example' };
  go.deliver({ mailbox: 'w-inbox', subject: long, messages: [{ from, age: 1, text: 'Hi' }] });
  go.install(window);
  render(App, { api: wailsApi() });
  return screen.findByRole('row', { name: /Endless/ });
}

/** Text is laid out: its heading is higher than three lines. */
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockReturnValue(9000);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

test('a very long subject is short in the list and can be had whole in the reader', async () => {
  const row = await start();
  expect(row.getAttribute('aria-label')?.length).toBeLessThan(500);
  await fireEvent.click(row);
  const heading = await screen.findByRole('heading', { name: /Endless/ });
  expect(heading.textContent).toBe(long);
  expect(heading.classList.contains('whole')).toBe(false);
  const line = within(heading.parentElement as HTMLElement);
  await fireEvent.click(await line.findByRole('button', { name: 'Show the whole subject' }));
  expect(heading.classList.contains('whole')).toBe(true);
  await fireEvent.click(line.getByRole('button', { name: 'Show less' }));
  expect(heading.classList.contains('whole')).toBe(false);
});
