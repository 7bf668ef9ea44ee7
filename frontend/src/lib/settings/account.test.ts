import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';
import { initialsOf } from '../ui/avatar';

afterEach(cleanup);

test('an account has the initials of whom it belongs to', async () => {
  const go = new FakeGo({ older: 0 });
  const [named, nameless] = go.accounts;
  if (!named || !nameless) throw new Error('two accounts are needed');
  nameless.name = '';
  nameless.email = 'zoe@quarry.example';
  go.install(window);
  render(App, { api: wailsApi() });
  (await screen.findByRole('button', { name: 'Settings' })).click();
  const faceOf = async (name: string) =>
    (await screen.findByRole('group', { name })).querySelector('.avatar')?.textContent?.trim();
  expect(await faceOf(named.email)).toBe(initialsOf(named.name, named.email));
  expect(await faceOf(nameless.email)).toBe('Z');
});
