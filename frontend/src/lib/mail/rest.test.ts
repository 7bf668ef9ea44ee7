import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';

afterEach(cleanup);

async function read(left: Partial<FakeGo['left']>) {
  const go = new FakeGo({ older: 0, accounts: 1, native: true });
  go.messages.length = 0;
  const from = { name: 'Ada King', email: 'ada@engine.example' };
  go.deliver({ mailbox: 'w-inbox', subject: 'Tables', messages: [{ from, age: 1, text: 'Hi' }] });
  Object.assign(go.left, left);
  go.savedTo = '/home/ada/Tables.eml';
  go.install(window);
  render(App, { api: wailsApi() });
  await fireEvent.click(await screen.findByRole('row', { name: /Tables/ }));
  await screen.findByTitle(/Ada King/);
  return go;
}

test.each([
  [{ cut: true }, /very long/],
  [{ tooDeep: true }, /nested too deeply/],
])('a message shown in part, %j, says so and can be saved', async (left, sentence) => {
  const go = await read(left);
  expect(await screen.findByText(sentence)).toBeDefined();
  await fireEvent.click(screen.getByRole('button', { name: 'Save original' }));
  expect(await screen.findByText(/home.ada.Tables\.eml/)).toBeDefined();
  expect(go.calls.at(-1)?.args).toEqual([go.messages[0]?.id]);
});

test('a message shown whole says nothing', async () => {
  await read({});
  expect(screen.queryByRole('button', { name: 'Save original' })).toBeNull();
});
